"""Editing one field in its place: price, status, dates, worth or lever; a page of its own without JavaScript."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, FormField, SelectMultipleField
from wtforms.fields import Field, FieldList

from catalog_app.accounts import actor, requires_role
from catalog_app.core.errors import RuleError, StaleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.wiring import settings
from catalog_app.products.form_fields import moment_input
from catalog_app.products.forms import ProductForm, form_data
from catalog_app.products.lifecycle import NEEDS_REASON, TRANSITIONS
from catalog_app.products.models import Product
from catalog_app.products.patch import patched_values
from catalog_app.products.schema import ProductInput
from catalog_app.products.usage import usages_of
from catalog_app.products.views.blueprint import CHANGED, bp, catalog, dialog, done, undo_url
from catalog_app.products.views.editing import compare
from catalog_app.products.views.way_back import list_before, list_or


@dataclass(frozen=True)
class Cell:
    """What one cell lets people write: the fields, and which of them are moments."""

    title: Any
    fields: tuple[str, ...]
    moments: bool = False


CELLS: Mapping[str, Cell] = {
    "price": Cell(lazy_gettext("Price"), ("price", "currency")),
    "status": Cell(lazy_gettext("Status"), ("lifecycle_status", "status_reason")),
    "dates": Cell(lazy_gettext("Sold"), ("valid_from", "valid_to"), moments=True),
    "value": Cell(lazy_gettext("Business value"), ("business_value",)),
    "lever": Cell(lazy_gettext("Lever"), ("lever_weight",)),
}


@bp.get("/<int:product_id>/cell/<name>")
@requires_role("editor")
def cell(product_id: int, name: str) -> ResponseReturnValue:
    product = catalog().get(product_id)
    return _editor(name, product, _shown(_cell(name), product), back=list_before())


@bp.post("/<int:product_id>/cell/<name>")
@requires_role("editor")
def save_cell(product_id: int, name: str) -> ResponseReturnValue:
    product, edited = catalog().get(product_id), _cell(name)
    typed = {field: request.form.get(field, "").strip() for field in edited.fields}
    expected = _version(product)
    patch = _patch(edited, product, typed)
    back = list_or(request.form.get("back"))
    try:
        saved = catalog().patch(product_id, patch, expected_version=expected, actor=actor())
    except RuleError as error:
        return _editor(name, product, typed, errors=error.errors, back=back)
    except StaleError:
        return _compared(product, patch, expected)
    if saved.version == expected:
        return done(gettext("Nothing to save: nothing was changed"), back) if not wants_fragment() else _as_it_was()
    answer = done(gettext("%(name)s saved", name=saved.name), back, undo=undo_url(product_id))
    if isinstance(answer, Response) and wants_fragment():
        # The editor stays until the list, read again, puts the cell in its place.
        answer.headers["HX-Reswap"] = "none"
    return answer


def _cell(name: str) -> Cell:
    return CELLS[name] if name in CELLS else abort(HTTPStatus.NOT_FOUND)


def _as_it_was() -> Response:
    return Response(headers={"HX-Reswap": "none", "HX-Trigger": CHANGED})


def _shown(edited: Cell, product: Product) -> dict[str, str]:
    """Return the fields as the editor shows them before anybody has typed."""
    # The status and its reason are no part of the form: a move is chosen, and says why.
    values = form_data(product)
    shown = {field: values.get(field) for field in edited.fields}
    if edited.moments:
        return {field: moment_input(value) for field, value in shown.items()}
    if "currency" in shown:
        shown["currency"] = shown["currency"] or settings().base_currency
    return {field: "" if value is None else str(value) for field, value in shown.items()}


def _patch(edited: Cell, product: Product, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed as a merge patch, without what was left as it stood."""
    if "lifecycle_status" in typed:
        moved = {field: text or None for field, text in typed.items()}
        return moved if typed["lifecycle_status"] else {}
    before = _shown(edited, product)
    said = {field: text or None for field, text in typed.items() if text != before[field]}
    if edited.moments:
        return {field: text and (text if text.endswith("Z") else f"{text}Z") for field, text in said.items()}
    if "price" in said and said["price"] and product.currency is None:
        # The currency that was suggested was taken, then.
        said.setdefault("currency", typed["currency"])
    return said


def _version(product: Product) -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() else product.version


def _editor(
    name: str, product: Product, values: Mapping[str, str], *, back: str, errors: Mapping[str, str] | None = None
) -> Response:
    edited = _cell(name)
    return dialog(
        "products/_cell.html",
        gettext("%(field)s of %(name)s", field=edited.title, name=product.name),
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        product=product,
        cell=name,
        values=values,
        errors=errors or {},
        version=request.form.get("version") or product.version,
        back=back,
        **(_moves(product) if name == "status" else {}),
    )


def _moves(product: Product) -> dict[str, object]:
    before = product.lifecycle_status
    return {
        "moves": TRANSITIONS[before],
        "needs_reason": [status for status in TRANSITIONS[before] if (before, status) in NEEDS_REASON],
        "usages": usages_of(product.id),
    }


def _compared(product: Product, patch: Mapping[str, Any], expected: int) -> Response:
    """Show both versions side by side: what stands, and what stands with this cell as it was typed."""
    values = patched_values(product, patch)
    try:
        mine = ProductInput.check(values)
    except RuleError:
        # What they wrote meanwhile does not go with what was typed here: then there is only theirs to look at.
        mine = ProductInput.check(patched_values(product, {}))
    form = ProductForm(formdata=None, data={**form_data(product), **patch})
    answer = compare(product.id, mine, expected, [*_sent(form)])
    answer.headers["HX-Retarget"] = "#dialog"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def _sent(fields: Any) -> Iterator[tuple[str, str]]:
    """Yield what a browser would send of a form that stands as it is."""
    for field in fields:
        if isinstance(field, FieldList | FormField):
            yield from _sent(field)
        elif isinstance(field, BooleanField):
            yield from [(field.name, "y")] if field.data else []
        elif isinstance(field, SelectMultipleField):
            yield from ((field.name, value) for value in field.data or ())
        else:
            yield field.name, _text(field)


def _text(field: Field) -> str:
    say = getattr(field, "_value", None)
    value = say() if callable(say) else field.data
    return "" if value is None else str(value)
