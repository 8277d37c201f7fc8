"""The four reads that machines ask for most, answered before Flask: it would cost more than the answer.

Nothing is decided here. A request is answered only if its address is one of the four, its token is known, and the
answer is a plain one; the very functions that Flask's views call make it (products/reads/answers.py) and finish it
(core/finishing.py). Everything else, every error among it, goes on to Flask as if this were not there.
"""

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from flask import Flask
from werkzeug.sansio.utils import get_current_url
from werkzeug.wsgi import get_host

from catalog_app.accounts.guard import access_to
from catalog_app.accounts.token_cache import token_cache_of
from catalog_app.core import postgresql
from catalog_app.core.answers import Answer
from catalog_app.core.asked import Asked
from catalog_app.core.clock import utcnow
from catalog_app.core.links import API_BASE
from catalog_app.core.rate_limits import limiter_of
from catalog_app.core.requests import finisher_of
from catalog_app.core.routing import LARGEST_ID
from catalog_app.core.wiring import settings_of
from catalog_app.products.reads.answers import ProductReads, Request, product_reads

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]
Ask = Callable[[ProductReads, Request], Answer]

_ONE: Final = re.compile(re.escape(API_BASE) + r"/products/([0-9]{1,10})/?")
_READ: Final = "products_api.read"
_MANY: Final[dict[str, Ask]] = {
    "products_api.index": ProductReads.listing,
    "products_api.available": ProductReads.available,
    "products_api.stats": ProductReads.stats,
}
_STATUS: Final = {
    status.value: f"{status.value} {status.phrase.upper()}" for status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
}


class _Route(NamedTuple):
    """An endpoint of Flask's, as this answers it: the rule it is known by, and the scopes of which one is needed."""

    endpoint: str
    rule: str
    scopes: frozenset[str]


class FastReads:
    """A WSGI application around Flask's."""

    def __init__(self, app: Flask) -> None:
        self.slow: Wsgi = app.wsgi_app
        self._app = app
        self._tokens, self._limiter, self._finisher = token_cache_of(app), limiter_of(app), finisher_of(app)
        self._base = settings_of(app).public_base_url
        self._one = _route(app, _READ)
        self._many: dict[str, tuple[_Route, Ask]] = {}
        for endpoint, ask in _MANY.items():
            route = _route(app, endpoint)
            # Both spellings of an address work, as they do in Flask.
            self._many |= dict.fromkeys((route.rule, route.rule.rstrip("/")), (route, ask))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        postgresql.serves_requests()
        answer = self._answer(environ) if environ["REQUEST_METHOD"] == "GET" else None
        if answer is None:
            return self.slow(environ, start_response)
        start_response(_STATUS[answer.status], list(answer.headers))
        return [answer.body]

    def _answer(self, environ: Environ) -> Answer | None:
        found = self._found(environ["PATH_INFO"])
        bearer = found and self._tokens.find(environ.get("HTTP_AUTHORIZATION"))
        if not found or not bearer:
            return None
        route, ask = found
        query, root = environ.get("QUERY_STRING", ""), environ.get("SCRIPT_NAME", "")
        if not (route.scopes & bearer.scopes and query.isascii() and root.isascii()):
            return None
        asked = Asked.of(environ, endpoint=route.endpoint, route=route.rule)
        asked.caller = bearer.caller
        quota = self._limiter.hit(asked)
        if quota is not None and quota.refused:
            return None
        request = Request(query, asked.if_none_match, utcnow(), lambda: self._address(environ, root))
        try:
            answer = ask(product_reads(self._app), request)
        except Exception:  # noqa: BLE001  # Flask runs into the same, says it to the caller and writes it down
            return None
        return self._finisher.finish(answer, asked)

    def _found(self, path: str) -> tuple[_Route, Ask] | None:
        named = _ONE.fullmatch(path)
        if named is None:
            return self._many.get(path)
        number = int(named[1])
        return (self._one, lambda reads, request: reads.one(number, request)) if number <= LARGEST_ID else None

    def _address(self, environ: Environ, root: str) -> str:
        """Return the address that was asked as Flask would write it, without its query."""
        base = self._base or get_current_url(environ["wsgi.url_scheme"], get_host(environ))
        return f"{base.rstrip('/')}{root.rstrip('/')}{environ['PATH_INFO']}"


def init_app(app: Flask) -> None:
    """Put the fast reads before Flask; what looks at proxies has to come before them."""
    app.wsgi_app = FastReads(app)  # type: ignore[method-assign]  # Flask's documented way


def _route(app: Flask, endpoint: str) -> _Route:
    access = access_to(app, endpoint)
    if access is None or access.kind != "scope":
        raise RuntimeError(f"{endpoint} is not for programs")
    rule = next(rule for rule in app.url_map.iter_rules(endpoint) if "GET" in (rule.methods or ()))
    return _Route(endpoint, rule.rule, frozenset({access.needs, *access.instead}))
