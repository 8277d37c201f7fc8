"""The stand-in for HubSpot's CRM: products as objects with properties, all of them text.

As the real one does: only the properties that were asked for come back; archived products are a listing of their own;
the search knows no archived ones, says a total, and ends at 10,000.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from catalog_app.demo.standin.bearer import BearerStandin
from catalog_app.demo.standin.exchange import Answer, Request, encoded, json_answer
from catalog_app.demo.standin.products import StandinProduct, Status
from catalog_app.demo.standin.source import Json, Page, Window
from catalog_app.demo.standin.spoiling import Keys

PRODUCTS = "/crm/v3/objects/products"
SEARCH = f"{PRODUCTS}/search"

_LARGEST_PAGE = 100
_USUAL_PAGE = 10
_ALWAYS_SENT = ("createdate", "hs_lastmodifieddate", "hs_object_id")
_FREQUENCIES = {"week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "annually"}
_CREATED = "2026-01-01T05:00:00.000Z"


class HubspotStandin(BearerStandin):
    """Plays one HubSpot account."""

    name = "hubspot"
    largest_page = _LARGEST_PAGE
    keys = Keys(id="id", name="name", price="price")
    error_object: object = {"status": "error", "message": "internal error", "category": "UNEXPECTED_ERROR"}

    @staticmethod
    def id_of(number: int) -> str:
        return f"{1_000_000_000 + number}"

    def is_listing(self, request: Request) -> bool:
        return (request.method, request.path) in {("GET", PRODUCTS), ("POST", SEARCH)}

    def shut_out(self) -> Answer:
        told = {
            "status": "error",
            "message": "Authentication credentials not found.",
            "category": "INVALID_AUTHENTICATION",
        }
        return json_answer(told, HTTPStatus.UNAUTHORIZED)

    def unusable(self, what: str) -> Answer:
        return json_answer({"status": "error", "message": what, "category": "VALIDATION_ERROR"}, HTTPStatus.BAD_REQUEST)

    def visible(self, request: Request) -> Sequence[Any]:
        wants_archived = request.query.get("archived") == "true" and request.path == PRODUCTS
        rows = [one for one in self.shelf.every() if (one.status is Status.DELETED) is wants_archived]
        for rule in _filters(request):
            rows = [one for one in rows if one.updated.timestamp() * 1000 >= int(rule["value"])]
        return rows

    def window(self, request: Request, rows: Sequence[Any]) -> Window:
        asked = request.json_object() if request.path == SEARCH else request.query
        after = asked.get("after")
        # The cursor is an id: rows before it may come and go.
        places = [place for place, row in enumerate(rows) if row.id == after]
        start = places[0] + 1 if places else (len(rows) if after else 0)
        return Window(start, self.capped(min(int(asked.get("limit", _USUAL_PAGE)), _LARGEST_PAGE)))

    def serialised(self, row: Any, request: Request) -> bytes:
        whole = {**self.written(row), **row.extra}
        asked = (
            request.json_object()["properties"]
            if request.path == SEARCH
            else request.query.get("properties", "").split(",")
        )
        known = whole["properties"]
        chosen = {name: known.get(name) for name in (*asked, *_ALWAYS_SENT) if name}
        return encoded({**whole, "properties": chosen})

    def page(self, request: Request, page: Page) -> Answer:
        parts = [b'"results": ' + page.json]
        if request.path == SEARCH:
            parts.insert(0, b'"total": %d' % len(page.every))
        if page.has_more:
            after = page.every[page.reached - 1].id
            link = f"{page.origin}{PRODUCTS}?after={after}"
            parts.append(b'"paging": ' + json.dumps({"next": {"after": after, "link": link}}).encode())
        return Answer(b"{" + b", ".join(parts) + b"}", content_type="application/json;charset=utf-8")

    def written(self, product: StandinProduct) -> Json:
        properties = {
            "name": product.name,
            "description": product.description or None,
            "price": None if product.price is None else str(product.price),
            "hs_sku": product.code or None,
            "recurringbillingfrequency": _FREQUENCIES.get(product.period),
            "hs_status": "inactive" if product.status is Status.RETIRED else "active",
            "hs_object_id": product.id,
            "createdate": _CREATED,
            "hs_lastmodifieddate": _moment(product.updated),
            "category": product.category or None,
            "product_type": product.kind,
            **{name: str(value) for name, value in product.facts.items()},
        }
        is_archived = product.status is Status.DELETED
        return {
            "id": product.id,
            "properties": properties,
            "createdAt": _CREATED,
            "updatedAt": _moment(product.updated),
            "archived": is_archived,
            **({"archivedAt": _moment(product.updated)} if is_archived else {}),
        }


def _filters(request: Request) -> list[Json]:
    if request.path != SEARCH:
        return []
    groups = request.json_object().get("filterGroups", [])
    return [rule for group in groups for rule in group["filters"] if rule["propertyName"] == "hs_lastmodifieddate"]


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
