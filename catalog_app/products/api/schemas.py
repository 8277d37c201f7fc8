"""The shapes of products in requests and answers, made from the rules and the tables themselves."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from catalog_app.core.operations import (
    MOMENT,
    TEXT,
    TRUTH,
    WHOLE,
    JsonSchema,
    Schema,
    columns_of,
    list_of,
    nullable,
    object_of,
    one_of,
    page_of,
)
from catalog_app.products import terms
from catalog_app.products.api.bulk import MAX_ITEMS, ItemInput
from catalog_app.products.api.verdicts import EligibilityInput
from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.models import Product
from catalog_app.products.patch import IDENTITY, READ_ONLY
from catalog_app.products.schema import ProductInput
from catalog_app.products.stats import CatalogStats

_OUTCOME: Final = one_of(("yes", "no", "unknown"))
_COUNTS: Final[JsonSchema] = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}}
_PROBLEM: Final[JsonSchema] = {"$ref": "#/components/schemas/Problem"}
_COMPUTED: Final[Mapping[str, JsonSchema]] = {
    "is_active": TRUTH,
    "available_now": TRUTH,
    "sync_state": one_of(terms.SYNC_STATES),
    "field_locks": {"type": "object", "additionalProperties": {"type": "object"}},
}


def _shown() -> dict[str, Any]:
    """Return the schema of a product in an answer: what the rules say of a field, and what its column does."""
    given = ProductInput.model_json_schema(mode="serialization")
    ours = columns_of(Product, [name for name in ALL_FIELDS if name in Product.__table__.columns])
    properties = {name: {**ours, **given["properties"], **_COMPUTED}[name] for name in ALL_FIELDS}
    return {**object_of(properties), "$defs": given.get("$defs", {})}


def _partly_shown() -> dict[str, Any]:
    """Return the same where `fields` may ask for some of it, and `expand` for more."""
    whole = _shown()
    entries: dict[str, JsonSchema] = {
        name: {"type": "array", "items": {"type": "object"}} for name in ("prices", "relations")
    }
    return {**whole, "properties": {**whole["properties"], **entries}, "required": []}


def _listed() -> dict[str, Any]:
    return {**_shown(), "required": []}


def _offered() -> dict[str, Any]:
    listed = _listed()
    more = {"eligibility": one_of(("yes", "unknown")), "unchecked": list_of(TEXT)}
    return {**listed, "properties": {**listed["properties"], **more}, "required": list(more)}


def _taken() -> dict[str, Any]:
    """Return the schema of a product that a client sends: the rules, its identity, the alias, and what is passed over."""
    rules = ProductInput.model_json_schema()
    identity = {
        "external_system": {**nullable({**TEXT, "maxLength": 50}), "description": "`manual` unless told otherwise."},
        "external_product_id": {
            **nullable({**TEXT, "maxLength": 255}),
            "description": "Made for `manual` where left out.",
        },
        "is_active": {**nullable(TRUTH), "description": "An alias: true launches, false suspends what is launched."},
    }
    ours = {name: {"description": "Passed over, so that what was read may be sent back."} for name in sorted(READ_ONLY)}
    return {**rules, "properties": {**rules["properties"], **identity, **ours}, "title": "ProductInput"}


def _patched() -> dict[str, Any]:
    taken = _taken()
    properties = {
        name: schema if name in READ_ONLY or name in IDENTITY else {"anyOf": [schema, {"type": "null"}]}
        for name, schema in taken["properties"].items()
    }
    return {**taken, "properties": properties, "required": [], "title": "ProductPatch"}


def _bulk() -> dict[str, Any]:
    item = ItemInput.model_json_schema()
    item["properties"]["product"] = {"$ref": "#/components/schemas/ProductPatch"}
    items = {"type": "array", "items": item, "minItems": 1, "maxItems": MAX_ITEMS}
    return object_of({"items": items})


def _bulk_answer() -> dict[str, Any]:
    count: JsonSchema = {"type": "integer", "minimum": 0}
    result = object_of(
        {
            "index": count,
            "status": WHOLE,
            "outcome": one_of(("created", "updated", "unchanged", "failed", "not_saved")),
            "id": WHOLE,
            "version": WHOLE,
            "problem": {"type": "object"},
        },
        optional=("id", "version", "problem"),
    )
    counts = dict.fromkeys(("created", "updated", "unchanged", "failed"), count)
    return object_of({**counts, "results": list_of(result)})


def _verdicts() -> dict[str, Any]:
    reason = object_of({"code": TEXT, "rule": TEXT, "outcome": _OUTCOME, "message": TEXT})
    verdict = object_of(
        {"product_id": WHOLE, "eligibility": _OUTCOME, "unchecked": list_of(TEXT), "reasons": list_of(reason)}
    )
    return object_of({"at": MOMENT, "results": list_of(verdict), "not_found": list_of(WHOLE)})


def _changes() -> dict[str, Any]:
    change = object_of(
        {
            "cursor": TEXT,
            "kind": one_of(("upsert", "withdrawal", "deletion")),
            "action": TEXT,
            "id": WHOLE,
            "version": WHOLE,
            "at": MOMENT,
            "actor": TEXT,
            "run_id": nullable(WHOLE),
            "changes": {"type": "object", "description": "Each field that changed, as [old, new]."},
            "product": {"type": ["object", "null"], "description": "The product after it; null where it was deleted."},
        }
    )
    following: JsonSchema = {"type": "string", "format": "uri"}
    return object_of({"results": list_of(change), "next": following, "cursor": TEXT, "has_more": TRUTH})


def _stats() -> dict[str, Any]:
    schemas: dict[str, JsonSchema] = {
        field.name: _COUNTS if field.name.startswith("by_") else {"type": "integer", "minimum": 0}
        for field in fields(CatalogStats)
    }
    return object_of({**schemas, "last_sync": nullable(MOMENT)})


PRODUCT: Final = Schema("Product", _shown)
PRODUCT_SHOWN: Final = Schema("ProductShown", _partly_shown)
PRODUCT_INPUT: Final = Schema("ProductInput", _taken)
PRODUCT_PATCH: Final = Schema("ProductPatch", _patched)
PRODUCT_LISTED: Final = Schema("ProductListed", _listed)
PRODUCT_PAGE: Final = Schema("ProductPage", lambda: _page("ProductListed", _listed))
OFFER_PAGE: Final = Schema("OfferPage", lambda: _page("Offer", _offered))
BULK_INPUT: Final = Schema("BulkInput", _bulk)
BULK_ANSWER: Final = Schema("BulkAnswer", _bulk_answer)
ELIGIBILITY_INPUT: Final = Schema.of(EligibilityInput)
VERDICTS: Final = Schema("Verdicts", _verdicts)
CHANGES: Final = Schema("Changes", _changes)
STATS: Final = Schema("Stats", _stats)
LINES: Final = Schema("ProductLines", lambda: {"type": "string", "description": "JSON lines, each a product."})


def _page(name: str, make: Any) -> dict[str, Any]:
    item = make()
    nested = item.pop("$defs", {})
    return {**page_of({"$ref": f"#/$defs/{name}"}, counted=True), "$defs": {**nested, name: item}}
