"""The reads before Flask answer what Flask would, byte for byte, and leave everything else to it."""

from collections.abc import Callable, Iterable
from contextvars import Context
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import orjson
import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import EnvironBuilder, run_wsgi_app

from catalog_app.accounts.service import tokens
from catalog_app.core.db import db
from catalog_app.fast import FastReads
from tests.products.factories import saved
from tests.products.test_parity import FULL
from tests.support.api import BASE, Program

PRODUCTS = f"{BASE}/products"
HOT = ("/?limit=2", "/1/", "/available/?limit=2", "/stats/")


class Told(NamedTuple):
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Both:
    """The application with its fast reads and without, as a server calls either."""

    def __init__(self, app: Flask, token: str) -> None:
        outer = app.wsgi_app
        self.fast = outer.app if isinstance(outer, ProxyFix) else outer
        assert isinstance(self.fast, FastReads)
        self._proxied = isinstance(outer, ProxyFix)
        self._token = token
        self.went_on = 0
        self._slow = self.fast.slow
        self.fast.slow = self._count

    def _count(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.went_on += 1
        return self._slow(environ, start_response)

    def ask(self, path: str, **options: Any) -> tuple[Told, Told]:
        """Return both answers, the fast one first."""
        return self.told(self.fast, path, **options), self.told(self._slow, path, **options)

    def told(self, app: Callable[..., Any], path: str, *, method: str = "GET", root: str = "", **headers: str) -> Told:
        asked, _, query = path.partition("?")
        given: dict[str, str] = {"Authorization": f"Bearer {self._token}", "X-Request-ID": "of-this-test"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        builder = EnvironBuilder(method=method, headers=[(name, value) for name, value in given.items() if value])
        environ = builder.get_environ()
        builder.close()
        # A server hands the path over decoded, as Latin-1, and the query as it came.
        environ |= {"PATH_INFO": unquote_to_bytes(asked).decode("latin-1"), "QUERY_STRING": query, "SCRIPT_NAME": root}
        wrapped = ProxyFix(app) if self._proxied else app
        body, status, answered = Context().run(run_wsgi_app, wrapped, environ, buffered=True)
        kept = sorted((name, value) for name, value in answered if name not in ("RateLimit", "Date"))
        return Told(status, kept, b"".join(body))


LONG_KNOWN = {"token_cache_seconds": 60}
"""A slow machine may need longer for a test than a token is believed by default."""


@pytest.fixture
def settings_overrides() -> dict[str, object]:
    return dict(LONG_KNOWN)


@pytest.fixture
def both(app: Flask) -> Both:
    """Return both, with products that are there and a token that is known already."""
    with app.app_context():
        for number in range(5):
            saved(
                db.session(), name=f"Flex {number}", description="Data for a month. " * 40, price=number, currency="SAR"
            )
        saved(db.session(), **FULL)
        saved(db.session(), name="Каждый день", product_type="voice", lifecycle_status="suspended")
        db.session.commit()
        db.session.remove()
    program = Program.with_scopes(app, "products:read")
    program.get("/products/stats/")
    return Both(app, program.token)


ANSWERED = (
    "/", "", "/?limit=2", "/?limit=2&sort=-name", "/?limit=1&sort=price", "/?product_type=data&lifecycle_status=launched",
    "/?product_type=data&product_type=voice&limit=3", "/?search=flex&limit=2", "/?search=%D0%BA%D0%B0%D0%B6", "/?search=+", "/?search=%ff%fe",
    "/?fields=name,id", "/?fields=available_now&count=true", "/?limit=", "/?product_type=%64ata&limit=1", "/?count=true",
    "/?segment=youth", "/?available_now=true&count=yes", "/?min_price=2&currency=SAR", "/?updated_since=2026-01-01",
    "/1/", "/1", "/6/", "/1/?fields=name", "/0001/", "/1/?", "/%31/",
    "/available/", "/available", "/available/?customer_value=10&limit=2", "/available/?segment=youth&channel=sms",
    "/available/?owned=1,2&strict=true&count=true", "/available/?customer_value=500&segment=youth&payment_mode=postpaid",
    "/available/?product_type=data&fields=id,price&limit=1", "/stats/", "/stats",
)  # fmt: skip
LEFT = (
    "/?nonsense=1", "/?limit=0", "/?limit=2&limit=3", "/?cursor=damaged", "/?sort=weight", "/?fields=nothing",
    "/?min_price=2", "/?search=%00", "/available/?channel=fax", "/available/?customer_value=x",
    "/available/?sort=name", "/stats/?a=1", "/999/", "/0/", "/2147483648/", "/99999999999/", "/-1/", "/1/?limit=3",
    "/1/?as_of=2030-01-01", "/1/?expand=prices", "/1/?expand=all", "//", "/1//", "/x/", "/availab%6Ce/x", "/%D9%A1/", "/1/history/",
)  # fmt: skip


def test_what_is_answered_before_flask_is_flasks_answer(both: Both) -> None:
    for path in ANSWERED:
        fast, slow = both.ask(PRODUCTS + path)

        assert (fast, both.went_on) == (slow, 0), path
        assert fast.status == "200 OK", path


def test_everything_else_at_these_addresses_is_left_to_flask(both: Both) -> None:
    for number, path in enumerate(LEFT, start=1):
        fast, slow = both.ask(PRODUCTS + path)

        assert (fast, both.went_on) == (slow, number), path


def test_every_page_is_followed_by_the_same_page(both: Both) -> None:
    for path in (
        "/?limit=2&sort=-price",
        "/?limit=1&sort=category,-name",
        "/available/?limit=2",
        "/?limit=2&search=flex",
    ):
        address = PRODUCTS + path
        while address:
            fast, slow = both.ask(address)

            assert (fast, both.went_on) == (slow, 0), address
            address = (orjson.loads(fast.body)["next"] or "").removeprefix("http://localhost")


def test_other_methods_are_left_to_flask(both: Both) -> None:
    for path in HOT:
        for method in ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"):
            before = both.went_on
            told = both.told(both.fast, PRODUCTS + path, method=method)

            assert both.went_on == before + 1
            assert method == "HEAD" or told.status != "200 OK"


def test_head_has_the_headers_of_get(both: Both) -> None:
    for path in HOT:
        head = both.told(both.fast, PRODUCTS + path, method="HEAD")

        assert head == both.told(both.fast, PRODUCTS + path)._replace(body=b"")


def test_who_is_not_known_is_refused_alike(both: Both) -> None:
    strangers = ("", "Bearer", "Bearer pc_abcdefgh_" + "a" * 43, "Basic YTpi", "Token x", "Bearer \u00e9")
    for path, authorization in product(HOT, strangers):
        fast, slow = both.ask(PRODUCTS + path, Authorization=authorization)

        assert fast == slow
        assert fast.status == "401 UNAUTHORIZED"


def test_a_token_without_the_scope_is_refused_alike(app: Flask, both: Both) -> None:
    other = Program.with_scopes(app, "webhooks", name="other")
    other.get("/products/")
    for path in HOT:
        fast, slow = both.ask(PRODUCTS + path, Authorization=f"Bearer {other.token}")

        assert fast == slow
        assert fast.status == "403 FORBIDDEN"


def test_what_a_reader_knows_and_how_it_wants_it_is_seen_alike(both: Both) -> None:
    known = ("{}", "W/{}", '"other", {}', "*", '"other"', ",", "nonsense")
    for path, encoding, header in product(HOT, ("", "gzip", "br, gzip;q=0.5", "identity"), known):
        tag = dict(both.told(both.fast, PRODUCTS + path, Accept_Encoding=encoding).headers)["ETag"]

        fast, slow = both.ask(PRODUCTS + path, If_None_Match=header.format(tag), Accept_Encoding=encoding)

        assert (fast, both.went_on) == (slow, 0), (path, encoding, header)
        assert (fast.status == "304 NOT MODIFIED") is ("{}" in header or header == "*"), (path, encoding, header)


def test_the_next_page_is_at_the_same_address(both: Both) -> None:
    hosts = ("catalog.example.org", "catalog.example.org:8080", "localhost:80", "[::1]:80", "A.example", "a b", "x/y")
    for root, host in product(("", "/catalog", "/catalog/"), hosts):
        fast, slow = both.ask(f"{PRODUCTS}/?limit=2&search=a%20b%26&search=flex", root=root, Host=host)

        assert fast == slow, (root, host)


class TestBehindAProxy:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, object]:
        return {**LONG_KNOWN, "trusted_proxies": 1, "hsts_seconds": 60}

    def test_the_outer_address_counts(self, both: Both) -> None:
        for path in HOT:
            fast, slow = both.ask(PRODUCTS + path, X_Forwarded_Proto="https", X_Forwarded_Host="outer.example.org")

            assert (fast, both.went_on) == (slow, 0)
            assert "Strict-Transport-Security" in dict(fast.headers)
            assert b"http://" not in fast.body


class TestWithAPublicAddress:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, object]:
        return {
            **LONG_KNOWN,
            "public_base_url": "https://catalog.example.org/x/",
            "cors_origins": "https://shop.example.org",
        }

    def test_links_and_origins_are_alike(self, both: Both) -> None:
        for origin in ("https://shop.example.org", "https://evil.example.org", ""):
            fast, slow = both.ask(f"{PRODUCTS}/?limit=2", Origin=origin)

            assert (fast, both.went_on) == (slow, 0)
            assert b"https://catalog.example.org/x/api/" in fast.body


class TestWithALimit:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, object]:
        return {**LONG_KNOWN, "rate_limit": "4/day"}

    def test_each_request_counts_once_and_too_many_are_refused_alike(self, both: Both) -> None:
        assert both.told(both.fast, f"{PRODUCTS}/1/").status == "200 OK"
        # Refused over its query by Flask, after it was counted here.
        assert both.told(both.fast, f"{PRODUCTS}/?nonsense=1").status == "400 BAD REQUEST"
        assert both.told(both.fast, f"{PRODUCTS}/1/").status == "200 OK"

        fast, slow = both.ask(f"{PRODUCTS}/1/")

        assert fast == slow
        assert fast.status == "429 TOO MANY REQUESTS"


def test_a_revoked_token_is_refused_at_once(app: Flask, both: Both) -> None:
    with app.app_context():
        tokens.revoke(tokens.all_tokens()[0].id, actor="tests")
        db.session.remove()

    assert both.told(both.fast, f"{PRODUCTS}/1/").status == "401 UNAUTHORIZED"
