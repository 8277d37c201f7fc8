"""The stand-in for Stripe: products, and their prices in a list of their own.

As the real one does: newest first; the next page begins after the id of a row, whatever came or went before it;
amounts are minor units and currencies lower case; a product that is not sold any more is inactive, never gone.
"""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from catalog_app.demo.standin.bearer import BearerStandin
from catalog_app.demo.standin.credentials import basic
from catalog_app.demo.standin.exchange import Answer, Request, encoded, json_answer
from catalog_app.demo.standin.money import minor_units
from catalog_app.demo.standin.products import StandinPrice, StandinProduct, Status
from catalog_app.demo.standin.source import Json, Page, Window
from catalog_app.demo.standin.spoiling import Keys

PRODUCTS = "/v1/products"
PRICES = "/v1/prices"

_LARGEST_PAGE = 100
_USUAL_PAGE = 10
_CREATED = 1_767_225_600


class StripeStandin(BearerStandin):
    """Plays one Stripe account. A fault is of its products, or of its prices while `spoils_prices` is set."""

    name = "stripe"
    largest_page = _LARGEST_PAGE
    spoils_prices = False
    keeps_prices_apart = True
    keys = Keys(id="id", name="name", price="unit_amount")
    error_object: object = {"error": {"type": "api_error", "message": "An unknown error occurred"}}

    @staticmethod
    def id_of(number: int) -> str:
        return f"prod_Q{number:08}"

    def is_listing(self, request: Request) -> bool:
        return request.method == "GET" and request.path in {PRODUCTS, PRICES}

    def is_spoilt(self, request: Request) -> bool:
        return (request.path == PRICES) is self.spoils_prices

    def token_in(self, request: Request) -> str:
        return super().token_in(request) or basic(request)[0]

    def shut_out(self) -> Answer:
        return _error(HTTPStatus.UNAUTHORIZED, "Invalid API Key provided")

    def unusable(self, what: str) -> Answer:
        return _error(HTTPStatus.BAD_REQUEST, what)

    def visible(self, request: Request) -> Sequence[Any]:
        wanted = request.query.get("active")
        newest_first = reversed(self.shelf.every())
        if request.path == PRICES:
            # The prices of a product that is not sold any more stay active until somebody ends them.
            return [(product, price) for product in newest_first for price in product.every_price]
        return [one for one in newest_first if wanted in {None, json.dumps(one.status is Status.ACTIVE)}]

    def window(self, request: Request, rows: Sequence[Any]) -> Window:
        after = request.query.get("starting_after")
        start = 0
        if after is not None:
            places = [place for place, row in enumerate(rows) if _identity(row) == after]
            if not places:
                raise ValueError(f"No such object: '{after}'")
            start = places[0] + 1
        return Window(start, self.capped(min(int(request.query.get("limit", _USUAL_PAGE)), _LARGEST_PAGE)))

    def serialised(self, row: Any, request: Request) -> bytes:
        if isinstance(row, tuple):
            return encoded(_price(*row))
        return super().serialised(row, request)

    def page(self, request: Request, page: Page) -> Answer:
        more = b"true" if page.has_more else b"false"
        return Answer(
            b'{"object": "list", "url": "%b", "has_more": %b, "data": %b}' % (request.path.encode(), more, page.json)
        )

    def written(self, product: StandinProduct) -> Json:
        prices = product.every_price
        return {
            "id": product.id,
            "object": "product",
            "active": product.status is Status.ACTIVE,
            "created": _CREATED,
            "default_price": _price_id(product, prices[0]) if prices else None,
            "description": product.description or None,
            "images": [],
            "livemode": False,
            "metadata": {
                "product_type": product.kind,
                **({"category": product.category} if product.category else {}),
                **{name: str(value) for name, value in product.facts.items()},
            },
            "name": product.name,
            "type": "good" if product.kind == "device" else "service",
            "updated": int(product.updated.timestamp()),
            "url": None,
        }


def _price(product: StandinProduct, price: StandinPrice) -> Json:
    is_once = price.period == "once"
    count, unit = (3, "month") if price.period == "quarter" else (1, price.period)
    amount = minor_units(price.amount, price.currency)
    return {
        "id": _price_id(product, price),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": _CREATED,
        "currency": price.currency.lower(),
        "nickname": None,
        "product": product.id,
        "recurring": None if is_once else {"interval": unit, "interval_count": count, "usage_type": "licensed"},
        "tax_behavior": "inclusive",
        "type": "one_time" if is_once else "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def _price_id(product: StandinProduct, price: StandinPrice) -> str:
    return f"price_{product.id.removeprefix('prod_')}{price.currency}{price.period}"


def _identity(row: Any) -> str:
    return _price_id(*row) if isinstance(row, tuple) else str(row.id)


def _error(status: HTTPStatus, message: str) -> Answer:
    return json_answer({"error": {"type": "invalid_request_error", "message": message}}, status)
