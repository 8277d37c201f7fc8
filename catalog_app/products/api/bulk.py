"""Many products in one request: every item has a result of its own, in the order in which they were sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog_app.accounts import actor, requires_scope
from catalog_app.core.errors import CatalogError, RuleError
from catalog_app.core.json_body import json_object
from catalog_app.core.problem_answers import told
from catalog_app.core.problems import problem
from catalog_app.core.query import Query, about_the_query
from catalog_app.core.requests import takes_body
from catalog_app.core.wording import errors_by_field
from catalog_app.products.api.blueprint import bp
from catalog_app.products.bulk_edits import BulkItem, BulkResult
from catalog_app.products.field_types import MAX_INT
from catalog_app.products.parameters import flag
from catalog_app.products.service import ProductCatalogService

MAX_ITEMS = 1000
MAX_MEBIBYTES = 16
_STATUS = {"created": HTTPStatus.CREATED, "updated": HTTPStatus.OK, "unchanged": HTTPStatus.OK}


class MalformedError(RuleError):
    """An item is wrong in its form; what its product would be is not looked at."""


class ItemInput(BaseModel):
    """One item: `upsert` makes a product, or sets all of one that is there; `patch` is a JSON merge patch.

    The product is found by `id` where that is given, else by the external system and external id in `product`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    action: Literal["upsert", "patch"]
    id: Annotated[int, Field(ge=1, le=MAX_INT)] | None = None
    version: Annotated[int, Field(ge=1, le=MAX_INT)] | None = None
    product: dict[str, Any]


@bp.post("/bulk/")
@requires_scope("products:write")
@takes_body(MAX_MEBIBYTES)
def bulk() -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking("atomic", "lock")
        atomic, lock = flag(query, "atomic", default=False), flag(query, "lock", default=True)
    checked = [_checked(item) for item in _items(json_object())]
    results = _edited(checked, lock=lock, atomic=atomic)
    body = _body(results, undone=atomic and any(result.fault for result in results))
    if atomic and body["failed"]:
        detail = "Nothing was saved, because some items are at fault; `results` says which."
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, extra=body)
    return jsonify(body)


def _items(body: Mapping[str, Any]) -> Sequence[Any]:
    faults = {name: "There is no such field." for name in body if name != "items"}
    items = body.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_ITEMS:
        faults["items"] = f"Send a list of 1 to {MAX_ITEMS} items."
    if faults:
        raise RuleError(faults)
    return items or ()


def _checked(item: Any) -> BulkItem | MalformedError:
    try:
        sent = ItemInput.model_validate(item)
    except ValidationError as error:
        faults = errors_by_field(error)
        return MalformedError({"": "Write this as an object."} if "form" in faults else faults)
    return BulkItem(sent.action, sent.product, sent.id, sent.version)


def _edited(checked: Sequence[BulkItem | MalformedError], *, lock: bool, atomic: bool) -> list[BulkResult]:
    """Return a result for each item; those whose form is wrong already go no further."""
    items = [item for item in checked if isinstance(item, BulkItem)]
    malformed = len(items) < len(checked)
    if atomic and malformed:
        edited = iter([BulkResult("unchanged")] * len(items))
    else:
        edited = iter(ProductCatalogService().edit_many(items, actor=actor(), lock=lock, atomic=atomic))
    return [BulkResult("failed", fault=item) if isinstance(item, MalformedError) else next(edited) for item in checked]


def _body(results: Sequence[BulkResult], *, undone: bool) -> dict[str, Any]:
    counts = dict.fromkeys(("created", "updated", "unchanged", "failed"), 0)
    shown = []
    for place, result in enumerate(results):
        if result.fault is not None:
            counts["failed"] += 1
            shown.append(_fault(place, result.fault))
        elif undone:
            # It was fine by itself, and is not saved because another one was not.
            shown.append({"index": place, "status": int(HTTPStatus.FAILED_DEPENDENCY), "outcome": "not_saved"})
        else:
            counts[result.outcome] += 1
            status = int(_STATUS[result.outcome])
            shown.append(
                {
                    "index": place,
                    "status": status,
                    "outcome": result.outcome,
                    "id": result.product_id,
                    "version": result.version,
                }
            )
    return {**counts, "results": shown}


def _fault(place: int, fault: CatalogError) -> dict[str, Any]:
    if isinstance(fault, RuleError):
        fault = RuleError({_place(place, fault, field): message for field, message in fault.errors.items()})
    status, shown = told(fault)
    return {"index": place, "status": status, "outcome": "failed", "problem": shown}


def _place(place: int, fault: RuleError, field: str) -> str:
    """Return where in the body a field at fault stands, as a dotted name."""
    parts = ("items", str(place), "" if isinstance(fault, MalformedError) else "product", field)
    return ".".join(filter(None, parts))
