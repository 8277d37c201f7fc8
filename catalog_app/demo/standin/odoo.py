"""The stand-in for Odoo 19 and its JSON-2 API: a search over product templates.

As the real one does: a bare list; `false` where there is nothing; archived products only when the domain asks for them;
an unknown field is an error; deleted products are simply not there.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from catalog_app.demo.standin.bearer import BearerStandin
from catalog_app.demo.standin.exchange import Answer, Request, json_answer
from catalog_app.demo.standin.products import StandinProduct, Status
from catalog_app.demo.standin.source import Json, Page, Window
from catalog_app.demo.standin.spoiling import Keys

SEARCH_READ = "/json/2/product.template/search_read"

_USUAL_PAGE = 10_000
_CURRENCIES = ("SAR", "USD", "EUR", "AED", "KWD", "BHD", "OMR", "JPY")
_CYCLES = {"day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}
_AFTER = ["id", ">"]
_CUSTOM = (
    "payment_mode",
    "short_name",
    "data_mb",
    "voice_minutes",
    "sms_count",
    "validity_days",
    "speed_mbps",
    "roaming_zones",
    "commitment_months",
)


class OdooStandin(BearerStandin):
    """Plays one Odoo database."""

    name = "odoo"
    largest_page = _USUAL_PAGE
    keys = Keys(id="id", name="name", price="list_price")
    error_object: object = {
        "name": "builtins.Exception",
        "message": "odd",
        "arguments": ["odd"],
        "context": {},
        "debug": "",
    }

    @staticmethod
    def id_of(number: int) -> str:
        return str(1_000 + number)

    def is_listing(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", SEARCH_READ)

    def shut_out(self) -> Answer:
        return _error(HTTPStatus.UNAUTHORIZED, "werkzeug.exceptions.Unauthorized", "Invalid apikey")

    def unusable(self, what: str) -> Answer:
        return _error(HTTPStatus.UNPROCESSABLE_ENTITY, "werkzeug.exceptions.UnprocessableEntity", what)

    def visible(self, request: Request) -> Sequence[Any]:
        # What comes after an id is a window on the same rows, as an offset is.
        domain = [rule for rule in request.json_object().get("domain", []) if rule[:2] != _AFTER]
        rows = [product for product in self.shelf.every() if product.status is not Status.DELETED]
        if not any(rule[0] == "active" for rule in domain):
            rows = [product for product in rows if product.status is Status.ACTIVE]
        kept = [product for product in rows if all(_keeps(self.written(product), rule) for rule in domain)]
        return sorted(kept, key=lambda product: int(product.id)) if request.json_object().get("order") == "id" else kept

    def window(self, request: Request, rows: Sequence[Any]) -> Window:
        asked = request.json_object()
        start = int(asked.get("offset", 0))
        for rule in asked.get("domain", []):
            if rule[:2] == _AFTER:
                start += sum(int(product.id) <= rule[2] for product in rows)
        if start < 0:
            raise ValueError("OFFSET must not be negative")
        return Window(start, self.capped(int(asked.get("limit", _USUAL_PAGE))))

    def serialised(self, row: Any, request: Request) -> bytes:
        whole = {**self.written(row), **row.extra}
        asked = ("id", *request.json_object().get("fields", ()))
        unknown = set(asked) - whole.keys()
        if unknown:
            raise ValueError(f"Invalid field {min(unknown)!r} on 'product.template'")
        return json_answer({name: whole[name] for name in asked}).body

    def page(self, _request: Request, page: Page) -> Answer:
        return Answer(page.json, content_type="application/json; charset=utf-8")

    def written(self, product: StandinProduct) -> Json:
        custom = {f"x_{name}": product.facts.get(name, False) for name in _CUSTOM}
        return {
            "id": int(product.id),
            "name": product.name,
            "default_code": product.code or False,
            "description_sale": product.description or False,
            "type": {"device": "consu", "bundle": "combo"}.get(product.kind, "service"),
            "categ_id": [4, product.category] if product.category else False,
            "list_price": 0.0 if product.price is None else float(product.price),
            "currency_id": [_CURRENCIES.index(product.currency) + 1, product.currency],
            "sale_ok": True,
            "active": product.status is Status.ACTIVE,
            "create_date": "2026-01-01 05:00:00",
            "write_date": f"{product.updated.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            "x_product_type": product.kind,
            "x_billing_cycle": _CYCLES.get(product.period, False),
            **custom,
        }


def _keeps(row: Mapping[str, Any], rule: Sequence[Any]) -> bool:
    field, operator, wanted = rule
    value = row[field]
    match operator:
        case "=":
            return bool(value == wanted)
        case "in":
            return value in wanted
        case ">=":
            return datetime.fromisoformat(value) >= datetime.fromisoformat(wanted)
        case _:
            raise ValueError(f"Invalid operator {operator!r}")


def _error(status: HTTPStatus, name: str, message: str) -> Answer:
    return json_answer({"name": name, "message": message, "arguments": [message], "context": {}, "debug": ""}, status)
