"""The stand-in for Lago: plans by page number, amounts in minor units, and no word of what is gone."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from catalog_app.demo.standin.bearer import BearerStandin
from catalog_app.demo.standin.exchange import Answer, Request, json_answer
from catalog_app.demo.standin.money import minor_units
from catalog_app.demo.standin.products import StandinProduct, Status
from catalog_app.demo.standin.source import Json, Page, Window
from catalog_app.demo.standin.spoiling import Keys

PLANS = "/api/v1/plans"

_LARGEST_PAGE = 100
_USUAL_PAGE = 20
_INTERVALS = {"week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


class LagoStandin(BearerStandin):
    """Plays one Lago organisation."""

    name = "lago"
    largest_page = _LARGEST_PAGE
    keys = Keys(id="lago_id", name="invoice_display_name", price="amount_cents")
    error_object: object = {"status": 500, "error": "Internal Server Error"}
    has_total = True

    @staticmethod
    def id_of(number: int) -> str:
        return str(UUID(int=0x1A60_0000_0000_4000_8000_000000000000 + number))

    def is_listing(self, request: Request) -> bool:
        return (request.method, request.path) == ("GET", PLANS)

    def shut_out(self) -> Answer:
        return json_answer({"status": 401, "error": "Unauthorized"}, HTTPStatus.UNAUTHORIZED)

    def unusable(self, what: str) -> Answer:
        return json_answer({"status": 400, "error": what}, HTTPStatus.BAD_REQUEST)

    def visible(self, _request: Request) -> Sequence[Any]:
        return [product for product in self.shelf.every() if product.status is Status.ACTIVE]

    def window(self, request: Request, _rows: Sequence[Any]) -> Window:
        number, size = int(request.query.get("page", 1)), int(request.query.get("per_page", _USUAL_PAGE))
        limit = self.capped(min(size, _LARGEST_PAGE))
        return Window((max(number, 1) - 1) * limit, limit)

    def page(self, _request: Request, page: Page) -> Answer:
        number = page.window.start // page.window.limit + 1
        meta: Json = {
            "current_page": number,
            "next_page": number + 1 if page.has_more else None,
            "prev_page": number - 1 or None,
            "total_pages": -(-len(page.every) // page.window.limit),
        }
        if page.total is not None:
            meta["total_count"] = page.total
        return Answer(b'{"plans": %b, "meta": %b}' % (page.json, json_answer(meta).body))

    def written(self, product: StandinProduct) -> Json:
        return {
            "lago_id": product.id,
            "name": product.name,
            "invoice_display_name": product.name,
            "created_at": "2026-01-01T05:00:00Z",
            "code": product.code or f"plan_{product.id[-6:]}",
            "interval": _INTERVALS.get(product.period, "monthly"),
            "description": product.description,
            "amount_cents": 0 if product.price is None else minor_units(product.price, product.currency),
            "amount_currency": product.currency,
            "trial_period": 0.0,
            "pay_in_advance": product.facts.get("payment_mode") != "postpaid",
            "bill_charges_monthly": None,
            "active_subscriptions_count": 0,
            "draft_invoices_count": 0,
            "parent_id": None,
            "pending_deletion": False,
            "metadata": {"product_type": product.kind, **product.facts},
            "charges": [],
            "taxes": [],
            "minimum_commitment": None,
            "usage_thresholds": [],
        }
