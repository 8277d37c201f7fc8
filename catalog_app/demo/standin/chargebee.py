"""The stand-in for Chargebee: items, and their prices in a list of their own.

As the real one does: the API key is the user name and the password is empty; the offset of the next page is opaque and
absent at the end; deleted items are listed only on request; amounts are minor units; a changed item price does not move
its item's `updated_at`.
"""

import json
import secrets
from collections.abc import Iterable, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from catalog_app.demo.standin.credentials import FixedAccess, basic, same
from catalog_app.demo.standin.exchange import Answer, Request, encoded, json_answer
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.money import minor_units
from catalog_app.demo.standin.products import StandinPrice, StandinProduct, Status
from catalog_app.demo.standin.source import Json, Page, SourceStandin, Window
from catalog_app.demo.standin.spoiling import Keys

ITEMS = "/api/v2/items"
ITEM_PRICES = "/api/v2/item_prices"

_LARGEST_PAGE = 100
_USUAL_PAGE = 10
_STATUSES = {Status.ACTIVE: "active", Status.RETIRED: "archived", Status.DELETED: "deleted"}
_SINCE = "updated_at[after]"


class ChargebeeStandin(SourceStandin):
    """Plays one Chargebee site. A fault is of its items, or of its item prices while `spoils_prices` is set."""

    name = "chargebee"
    keeps_prices_apart = True
    keys = Keys(id="id", name="external_name", price="price")
    error_object: object = {
        "message": "Sorry, something went wrong",
        "type": "operation_failed",
        "api_error_code": "internal_error",
        "http_status_code": 500,
    }

    def __init__(
        self,
        products: Iterable[StandinProduct] = (),
        *,
        api_key: str = "",
        page_limit: int = _LARGEST_PAGE,
        port: int = 0,
        control_secret: str | None = None,
    ) -> None:
        super().__init__(products, page_limit=page_limit, port=port, control_secret=control_secret)
        self.api_key = api_key or secrets.token_urlsafe()
        self._access = FixedAccess()
        self.spoils_prices = False

    def void_access(self) -> None:
        self._access.void()

    def is_listing(self, request: Request) -> bool:
        return request.method == "GET" and request.path in {ITEMS, ITEM_PRICES}

    def is_spoilt(self, request: Request) -> bool:
        return (request.path == ITEM_PRICES) is self.spoils_prices

    def refused(self, request: Request) -> Answer | None:
        user, password = basic(request)
        is_known = same(user, self.api_key) and not password
        if is_known and not self._access.is_void() and not self.misbehaving(Fault.REFUSE_LOGIN):
            return None
        return self.shut_out()

    def shut_out(self) -> Answer:
        return _error(
            HTTPStatus.UNAUTHORIZED, "api_authentication_failed", "Sorry, authentication failed. Invalid api key."
        )

    def unusable(self, what: str) -> Answer:
        return _error(HTTPStatus.BAD_REQUEST, "param_wrong_value", what)

    def elsewhere(self, _request: Request) -> Answer:
        return _error(HTTPStatus.NOT_FOUND, "site_not_found", "Sorry, we couldn't find that.")

    def visible(self, request: Request) -> Sequence[Any]:
        with_deleted = request.query.get("include_deleted") == "true"
        since = float(request.query.get(_SINCE, "-inf"))
        products = [
            product
            for product in self.shelf.every()
            if (with_deleted or product.status is not Status.DELETED) and product.updated.timestamp() > since
        ]
        wanted = request.query.get("status[is]")
        products = [product for product in products if wanted in {None, _STATUSES[product.status]}]
        if request.path == ITEMS:
            return products
        return [(product, price) for product in products for price in product.every_price]

    def window(self, request: Request, rows: Sequence[Any]) -> Window:
        asked = int(request.query.get("limit", _USUAL_PAGE))
        offset = request.query.get("offset")
        return Window(_position(offset, rows), self.capped(min(asked, _LARGEST_PAGE)))

    def serialised(self, row: Any, request: Request) -> bytes:
        if isinstance(row, tuple):
            return encoded({"item_price": _item_price(*row)})
        return b'{"item": %b}' % super().serialised(row, request)

    def page(self, _request: Request, page: Page) -> Answer:
        following = b""
        if page.has_more:
            following = b', "next_offset": ' + json.dumps(_offset(page.every, page.reached)).encode()
        return Answer(b'{"list": %b%b}' % (page.json, following), content_type="application/json;charset=utf-8")

    def written(self, product: StandinProduct) -> Json:
        return {
            "id": product.id,
            "name": product.name,
            "external_name": product.name,
            "description": product.description,
            "status": _STATUSES[product.status],
            "resource_version": int(product.updated.timestamp() * 1000),
            "updated_at": int(product.updated.timestamp()),
            "item_family_id": (product.category or "plans").lower().replace(" ", "-"),
            "type": "addon" if product.kind == "addon" else "plan",
            "is_shippable": product.kind == "device",
            "is_giftable": False,
            "enabled_for_checkout": True,
            "enabled_in_portal": True,
            "item_applicability": "all",
            "metered": False,
            "channel": "web",
            "metadata": {"product_type": product.kind, **product.facts},
            "object": "item",
        }


def _item_price(product: StandinProduct, price: StandinPrice) -> Json:
    recurring = {} if price.period == "once" else _period(price.period)
    return {
        "id": f"{product.id}-{price.currency}-{price.period}",
        "name": f"{product.name} {price.currency} {price.period}",
        "item_family_id": "plans",
        "item_id": product.id,
        "item_type": "charge" if price.period == "once" else "plan",
        "status": _STATUSES[product.status],
        "pricing_model": "flat_fee",
        "price": minor_units(Decimal(price.amount), price.currency),
        "currency_code": price.currency,
        **recurring,
        "is_taxable": True,
        "free_quantity": 0,
        "resource_version": int(product.priced.timestamp() * 1000),
        "updated_at": int(product.priced.timestamp()),
        "object": "item_price",
    }


def _period(period: str) -> Json:
    return {"period": 3, "period_unit": "month"} if period == "quarter" else {"period": 1, "period_unit": period}


def _offset(rows: Sequence[Any], reached: int) -> str:
    """Return an offset that names the last row that was sent, as the real one does: it survives rows coming and going."""
    return json.dumps([str(reached), _identity(rows[reached - 1])])


def _position(offset: str | None, rows: Sequence[Any]) -> int:
    if offset is None:
        return 0
    try:
        reached, last = json.loads(offset)
    except (ValueError, TypeError):
        raise ValueError("offset : Invalid offset") from None
    places = [place for place, row in enumerate(rows) if _identity(row) == last]
    if int(reached) - 1 in places or not places:
        return int(reached)
    return places[-1] + 1


def _identity(row: Any) -> str:
    return f"{row[0].id}-{row[1].currency}-{row[1].period}" if isinstance(row, tuple) else str(row.id)


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    return json_answer(
        {"message": message, "type": "invalid_request", "api_error_code": code, "http_status_code": int(status)}, status
    )
