"""The stand-in for Xiva, a BSS that speaks TMF620 v5 behind a login."""

import hmac
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from catalog_app.demo.standin.base import Standin
from catalog_app.demo.standin.exchange import Answer, Request, json_answer, refusal
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.listing import Listing, Row
from catalog_app.demo.standin.tokens import Purpose, TokenMint

OFFERINGS = "/productCatalogManagement/v5/productOffering/"
LOGIN = "/auth/jwt/create/"
REFRESH = "/auth/jwt/refresh/"

_DAY = 86_400.0
_TOTAL_LIE = 137
_CHALLENGE = {"WWW-Authenticate": 'JWT realm="xiva"'}
_LOGIN_PAGE = "<!doctype html><title>Xiva</title><h1>Please sign in</h1>"


class Shape(StrEnum):
    """How the rows of a page are wrapped."""

    LIST = "list"  # a bare list
    RESULTS = "results"  # {"results": [...], "next": an absolute address or null}
    DATA = "data"  # {"data": [...]}


class XivaStandin(Standin):
    """Plays Xiva with the given products until the `with` is left.

    A page holds at most `page_limit` rows whatever is asked. Without a password one is made up;
    read it from `password`. Access tokens are good for `access_seconds`; `let_time_pass` ages them.
    """

    name = "xiva"

    def __init__(
        self,
        products: Iterable[Mapping[str, Any]],
        *,
        page_limit: int = 50,
        shape: Shape = Shape.LIST,
        username: str = "catalogue",
        password: str | None = None,
        access_seconds: float = 300.0,
        port: int = 0,
    ) -> None:
        super().__init__(port=port)
        self.listing = Listing(products)
        self.username = username
        self.password = password or secrets.token_urlsafe()
        self._page_limit = page_limit
        self._shape = shape
        self._ahead = 0.0
        self._mint = TokenMint(access_seconds=access_seconds, refresh_seconds=_DAY, clock=self._now)

    def let_time_pass(self, seconds: float) -> None:
        """Move the clock of the tokens on."""
        self._ahead += seconds

    def void_access_tokens(self) -> None:
        """Answer 401 to every access token given out so far."""
        self._mint.void_access_tokens()

    def answer(self, request: Request) -> Answer:
        match request.method, request.path:
            case "GET", "/":
                return json_answer({"standin": self.name, "product_offerings": len(self.listing)})
            case "POST", path if path == LOGIN:
                return self._login(request)
            case "POST", path if path == REFRESH:
                return self._refresh(request)
            case "GET", path if f"{path}/".startswith(OFFERINGS):
                return self._offerings(request)
            case _:
                return refusal(HTTPStatus.NOT_FOUND, "There is nothing here.")

    def _now(self) -> float:
        return time.time() + self._ahead

    def _login(self, request: Request) -> Answer:
        try:
            sent = request.json_object()
        except ValueError:
            return refusal(HTTPStatus.BAD_REQUEST, "Send a JSON object with username or email, and password.")
        user, password = str(sent.get("username") or sent.get("email") or ""), str(sent.get("password") or "")
        known = _same(user, self.username) and _same(password, self.password)
        if not known or self.misbehaving(Fault.REFUSE_LOGIN):
            return refusal(HTTPStatus.UNAUTHORIZED, "No account has this name and password.", _CHALLENGE)
        return json_answer({purpose: self._mint.issue(purpose, user) for purpose in Purpose})

    def _refresh(self, request: Request) -> Answer:
        try:
            token = str(request.json_object().get("refresh", ""))
        except ValueError:
            return refusal(HTTPStatus.BAD_REQUEST, "Send a JSON object with refresh.")
        user = self._mint.user_of(token, Purpose.REFRESH)
        if user is None or self.misbehaving(Fault.REFUSE_LOGIN):
            return refusal(HTTPStatus.UNAUTHORIZED, "The refresh token is not valid or has expired.", _CHALLENGE)
        return json_answer({"access": self._mint.issue(Purpose.ACCESS, user)})

    def _offerings(self, request: Request) -> Answer:
        prefix, _, token = request.headers.get("authorization", "").partition(" ")
        if prefix not in {"JWT", "Bearer"} or self._mint.user_of(token, Purpose.ACCESS) is None:
            return refusal(HTTPStatus.UNAUTHORIZED, "The access token is missing, not valid or expired.", _CHALLENGE)
        product = request.path.removeprefix(OFFERINGS.rstrip("/")).strip("/")
        return self._one(product) if product else self._page(request)

    def _one(self, product: str) -> Answer:
        raw = self.listing.one(product)
        return refusal(HTTPStatus.NOT_FOUND, f"There is no product offering {product}.") if raw is None else Answer(raw)

    def _page(self, request: Request) -> Answer:
        spoiled = self._spoiled_page(request)
        if spoiled:
            return spoiled
        try:
            offset, limit = _window(request.query, self._page_limit)
        except ValueError:
            return refusal(HTTPStatus.BAD_REQUEST, "offset must be 0 or more, and limit 1 or more.")
        answer = self._rows(offset, limit)
        if self.misbehaving_once(Fault.TOKEN_EXPIRES_MID_LISTING):
            self._mint.void_access_tokens()
        return answer

    def _spoiled_page(self, request: Request) -> Answer | None:
        """Return what stands in the place of a page, if a fault puts something there."""
        slow = self.misbehaving(Fault.SLOW_PAGES)
        if slow:
            self.dawdle(slow.delay)
        if self.misbehaving(Fault.HTML_WITH_200):
            return Answer(_LOGIN_PAGE.encode(), content_type="text/html; charset=utf-8")
        if self.misbehaving_once(Fault.ERROR_500_ONCE):
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke.")
        if self.misbehaving(Fault.ERROR_503_ALWAYS):
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Down for maintenance.")
        busy = self.misbehaving_once(Fault.RETRY_AFTER_429)
        if busy:
            wait = {} if busy.retry_after is None else {"Retry-After": busy.retry_after}
            return refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests.", wait)
        moved = self.misbehaving(Fault.REDIRECT)
        if moved:
            return refusal(HTTPStatus.FOUND, "Moved.", {"Location": f"{moved.elsewhere}{request.path}"})
        return None

    def _rows(self, offset: int, limit: int) -> Answer:
        start = offset
        if self.misbehaving(Fault.IGNORE_OFFSET) or (offset and self.misbehaving_once(Fault.REPEAT_FIRST_PAGE)):
            start = 0
        listed = self._listed()
        rows = listed[start : start + limit]
        # A source that ignores the offset does so in its next links too, which then never end.
        reached = (start if self.misbehaving(Fault.IGNORE_OFFSET) else offset) + len(rows)
        following = self._next_link(reached, limit) if reached < len(listed) else None
        total = len(listed) + (_TOTAL_LIE if self.misbehaving(Fault.LYING_TOTAL) else 0)
        return Answer(
            self._wrapped(b"[" + b", ".join(raw for _, raw in rows) + b"]", following),
            headers={"X-Total-Count": str(total), "X-Result-Count": str(len(rows))},
            sent_share=0.5 if self.misbehaving(Fault.TRUNCATED_BODY) else 1.0,
        )

    def _listed(self) -> tuple[Row, ...]:
        listed = () if self.misbehaving(Fault.EMPTY_LISTING) else self.listing.every()
        if listed and self.misbehaving(Fault.DUPLICATE_IDS):
            key, raw = listed[0]
            first = json.loads(raw)
            return (*listed, (key, json.dumps({**first, "name": f"{first.get('name')} (copy)"}).encode()))
        return listed

    def _next_link(self, offset: int, limit: int) -> str:
        elsewhere = self.misbehaving(Fault.NEXT_LINK_ELSEWHERE)
        origin = elsewhere.elsewhere if elsewhere else self.base_url
        return f"{origin}{OFFERINGS}?{urlencode({'offset': offset, 'limit': limit})}"

    def _wrapped(self, rows: bytes, following: str | None) -> bytes:
        match self._shape:
            case Shape.LIST:
                return rows
            case Shape.RESULTS:
                return b'{"results": %b, "next": %b}' % (rows, json.dumps(following).encode())
            case Shape.DATA:
                return b'{"data": %b}' % rows


def _window(query: Mapping[str, str], page_limit: int) -> tuple[int, int]:
    offset, limit = int(query.get("offset", 0)), int(query.get("limit", page_limit))
    if offset < 0 or limit < 1:
        raise ValueError("The window is outside of the listing")
    return offset, min(limit, page_limit)


def _same(sent: str, expected: str) -> bool:
    return hmac.compare_digest(sent.encode(), expected.encode())
