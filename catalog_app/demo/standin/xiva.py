"""The stand-in for Xiva, a BSS that speaks TMF620 v5 behind a login."""

import json
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from catalog_app.demo.standin.credentials import same
from catalog_app.demo.standin.exchange import Answer, Request, json_answer, refusal
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.listing import Listing
from catalog_app.demo.standin.products import StandinPrice, StandinProduct, Status, raised
from catalog_app.demo.standin.source import Json, Page, SourceStandin, Window
from catalog_app.demo.standin.spoiling import Keys
from catalog_app.demo.standin.tokens import Purpose, TokenMint

OFFERINGS = "/productCatalogManagement/v5/productOffering/"
LOGIN = "/auth/jwt/create/"
REFRESH = "/auth/jwt/refresh/"

_DAY = 86_400.0
_CHALLENGE = {"WWW-Authenticate": 'JWT realm="xiva"'}
_ON_SALE = {"Active", "Launched"}
_STATUSES = {Status.ACTIVE: "Active", Status.RETIRED: "Retired"}


class Shape(StrEnum):
    """How the rows of a page are wrapped."""

    LIST = "list"  # a bare list
    RESULTS = "results"  # {"results": [...], "next": an absolute address or null}
    DATA = "data"  # {"data": [...]}


class XivaStandin(SourceStandin):
    """Plays Xiva with the given offerings until the `with` is left.

    A page holds at most `page_limit` rows whatever is asked. Without a password one is made up;
    read it from `password`. Access tokens are good for `access_seconds`; `let_time_pass` ages them.
    """

    name = "xiva"
    keys = Keys(id="id", name="name", price="value")
    error_object: object = {"code": "60", "reason": "Internal Server Error", "@type": "Error"}
    has_total = True

    def __init__(
        self,
        products: Iterable[Mapping[str, Any]] = (),
        *,
        page_limit: int = 50,
        shape: Shape = Shape.LIST,
        username: str = "catalogue",
        password: str | None = None,
        access_seconds: float = 300.0,
        port: int = 0,
        control_secret: str | None = None,
    ) -> None:
        super().__init__(page_limit=page_limit, port=port, control_secret=control_secret)
        self.listing = Listing(products)
        self.username = username
        self.password = password or secrets.token_urlsafe()
        self._shape = shape
        self.has_links = shape is Shape.RESULTS
        self._ahead = 0.0
        self._mint = TokenMint(access_seconds=access_seconds, refresh_seconds=_DAY, clock=self._now)

    def let_time_pass(self, seconds: float) -> None:
        """Move the clock of the tokens on."""
        self._ahead += seconds

    def void_access_tokens(self) -> None:
        """Answer 401 to every access token given out so far."""
        self._mint.void_access_tokens()

    @property
    def size(self) -> int:
        return len(self.listing)

    def replace(self, products: Iterable[StandinProduct]) -> None:
        self.listing.replace({**self.written(product), **product.extra} for product in products)

    def change(self, product: str, **fields: Any) -> None:
        self.listing.amend([product], lambda row: _changed(row, fields))

    def withdraw(self, *ids: str) -> None:
        self.listing.withdraw(*ids)

    def retire(self, *ids: str) -> None:
        self.listing.amend(ids, lambda row: _changed(row, {"status": Status.RETIRED}))

    def offered(self) -> list[str]:
        return [key for key, raw in self.listing.every() if json.loads(raw).get("lifecycleStatus") in _ON_SALE]

    def raise_prices(self, ids: Sequence[str]) -> None:
        self.listing.amend(ids, _dearer)

    def restore(self) -> None:
        self.behave()
        self.listing.restore()

    def insert_first(self) -> None:
        self.listing.insert_first()

    def remove_first(self) -> None:
        self.listing.remove_first()

    def is_listing(self, request: Request) -> bool:
        return request.method == "GET" and f"{request.path}/" in {OFFERINGS, f"{OFFERINGS}/"}

    def elsewhere(self, request: Request) -> Answer:
        match request.method, request.path:
            case "GET", "/":
                return json_answer({"standin": self.name, "product_offerings": len(self.listing)})
            case "POST", path if path == LOGIN:
                return self._login(request)
            case "POST", path if path == REFRESH:
                return self._refresh(request)
            case "GET", path if path.startswith(OFFERINGS):
                return self.refused(request) or self._one(path.removeprefix(OFFERINGS).strip("/"))
            case _:
                return refusal(HTTPStatus.NOT_FOUND, "There is nothing here.")

    void_access = void_access_tokens

    def _now(self) -> float:
        return time.time() + self._ahead

    def _login(self, request: Request) -> Answer:
        try:
            sent = request.json_object()
        except ValueError:
            return refusal(HTTPStatus.BAD_REQUEST, "Send a JSON object with username or email, and password.")
        user, password = str(sent.get("username") or sent.get("email") or ""), str(sent.get("password") or "")
        known = same(user, self.username) and same(password, self.password)
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

    def refused(self, request: Request) -> Answer | None:
        prefix, _, token = request.headers.get("authorization", "").partition(" ")
        is_known = prefix in {"JWT", "Bearer"} and self._mint.user_of(token, Purpose.ACCESS) is not None
        return None if is_known else self.shut_out()

    def shut_out(self) -> Answer:
        return refusal(HTTPStatus.UNAUTHORIZED, "The access token is missing, not valid or expired.", _CHALLENGE)

    def _one(self, product: str) -> Answer:
        raw = self.listing.one(product)
        return refusal(HTTPStatus.NOT_FOUND, f"There is no product offering {product}.") if raw is None else Answer(raw)

    def visible(self, _request: Request) -> Sequence[Any]:
        return self.listing.every()

    def serialised(self, row: Any, _request: Request) -> bytes:
        raw: bytes = row[1]
        return raw

    def window(self, request: Request, _rows: Sequence[Any]) -> Window:
        offset, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", self.page_limit))
        if offset < 0 or limit < 1:
            raise ValueError("offset must be 0 or more, and limit 1 or more.")
        return Window(offset, self.capped(limit))

    def page(self, _request: Request, page: Page) -> Answer:
        following = _next_link(page) if page.has_more else None
        total = {} if page.total is None else {"X-Total-Count": str(page.total)}
        return Answer(self._wrapped(page.json, following), headers={**total, "X-Result-Count": str(len(page.rows))})

    def _wrapped(self, rows: bytes, following: str | None) -> bytes:
        match self._shape:
            case Shape.LIST:
                return rows
            case Shape.RESULTS:
                return b'{"results": %b, "next": %b}' % (rows, json.dumps(following).encode())
            case Shape.DATA:
                return b'{"data": %b}' % rows

    def written(self, product: StandinProduct) -> Json:
        return {
            "id": product.id,
            "name": product.name,
            "description": product.description,
            "lastUpdate": _moment(product.updated),
            "lifecycleStatus": _STATUSES[product.status],
            "isBundle": product.kind == "bundle",
            "category": [{"id": "1", "name": product.category}] if product.category else [],
            "productOfferingCharacteristic": [
                {"name": name, "value": value}
                for name, value in {"product_type": product.kind, **product.facts}.items()
            ],
            "productOfferingPrice": [_price(price) for price in product.every_price],
            "@type": "ProductOffering",
        }


def _next_link(page: Page) -> str:
    return f"{page.origin}{OFFERINGS}?{urlencode({'offset': page.reached, 'limit': page.window.limit})}"


def _price(price: StandinPrice) -> Json:
    is_once = price.period == "once"
    period = {} if is_once else {"recurringChargePeriod": price.period}
    amount = {"taxIncludedAmount": {"unit": price.currency, "value": float(price.amount)}}
    kind = "oneTime" if is_once else "recurring"
    return {"name": "Price", "priceType": kind, "price": amount, **period}


def _changed(row: Json, fields: Mapping[str, Any]) -> Json:
    """Return an offering with fields in neutral words set; raises TypeError for one that cannot be told so."""
    told = dict(fields)
    changed = dict(row)
    last = datetime.fromisoformat(row.get("lastUpdate", "2026-11-01T10:00:00Z"))
    changed["lastUpdate"] = _moment(told.pop("updated", last + timedelta(minutes=1)))
    for name in ("name", "description"):
        if name in told:
            changed[name] = told.pop(name)
    if "status" in told:
        changed["lifecycleStatus"] = _STATUSES[told.pop("status")]
    if "price" in told:
        currency = told.pop("currency", "SAR")
        price = _price(StandinPrice(told.pop("price"), currency, told.pop("period", "month")))
        changed["productOfferingPrice"] = [price, *row.get("productOfferingPrice", [])[1:]]
    if told:
        raise TypeError(f"An offering cannot be told its {', '.join(sorted(told))}")
    return changed


def _dearer(row: Json) -> Json:
    prices = [{**price, "price": _raised(price.get("price", {}))} for price in row.get("productOfferingPrice", ())]
    return {**row, "productOfferingPrice": prices}


def _raised(price: Any) -> Any:
    """Return a price, however deep its amounts lie, with each of them raised by a tenth."""
    if not isinstance(price, dict):
        return price
    return {
        name: float(raised(Decimal(str(value)))) if name == "value" else _raised(value) for name, value in price.items()
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
