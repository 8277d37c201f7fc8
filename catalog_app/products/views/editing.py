"""Adding and editing a product: in a dialog on htmx, as a page without it; what was typed is never lost."""

from collections.abc import Callable, Iterable
from http import HTTPStatus

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, keeps_typed, requires_role
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, RuleError, StaleError
from catalog_app.core.wiring import settings
from catalog_app.products.choices import choices, system_choices
from catalog_app.products.facts import FACTS
from catalog_app.products.forms import ProductForm, form_data
from catalog_app.products.models import Product
from catalog_app.products.naming import Named, named
from catalog_app.products.schema import ProductInput
from catalog_app.products.systems import systems
from catalog_app.products.terms import MANUAL
from catalog_app.products.versions import differences
from catalog_app.products.views.blueprint import bp, catalog, dialog, done, undo_url
from catalog_app.products.views.rule_preview import rule_preview

CHOOSE = "choose-"


@bp.get("/new")
@requires_role("editor")
def new() -> ResponseReturnValue:
    blank = {
        "external_system": MANUAL,
        "currency": settings().base_currency,
        "is_available": True,
        "tax_included": True,
    }
    return _form(ProductForm(formdata=None, data=blank), None)


@bp.post("/")
@requires_role("editor")
@keeps_typed
def create() -> ResponseReturnValue:
    form = ProductForm()
    if not _is_complete(form, None):
        return _form(form, None, _row_status(form))
    try:
        product = catalog().create({**form.values(), **form.identity()}, actor=actor())
    except RuleError as error:
        form.put_errors(error.errors)
    except ConflictError as error:
        form.put_errors({"external_product_id": str(error)})
    else:
        text = gettext("%(name)s added", name=product.name)
        return done(text, url_for("products.show", product_id=product.id), leave=True)
    return _form(form, None, HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.get("/<int:product_id>/edit")
@requires_role("editor")
def edit(product_id: int) -> ResponseReturnValue:
    product = catalog().get(product_id)
    form = ProductForm(formdata=None, data=form_data(product))
    form.settle_references(_finder(product), product)
    return _form(form, product)


@bp.post("/<int:product_id>")
@requires_role("editor")
@keeps_typed
def save(product_id: int) -> ResponseReturnValue:
    product, form = catalog().get(product_id), ProductForm()
    if not _is_complete(form, product):
        return _form(form, product, _row_status(form))
    opened = form.version.data or ""
    expected = int(opened) if opened.isascii() and opened.isdecimal() else product.version
    theirs = [name.removeprefix(CHOOSE) for name, choice in request.form.items() if _is_theirs(name, choice)]
    try:
        checked = form.checked(product, theirs=theirs)
        saved = catalog().update(
            product_id, checked, expected_version=expected, actor=actor(), lock=not form.follow_source.data
        )
    except RuleError as error:
        form.put_errors(error.errors)
        return _form(form, product, HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleError:
        return compare(product_id, checked, expected, list(request.form.items(multi=True)))
    back = url_for("products.show", product_id=product_id)
    if saved.version == expected:
        return done(gettext("Nothing to save: nothing was changed"), back)
    return done(gettext("%(name)s saved", name=saved.name), back, undo=undo_url(product_id))


def _is_theirs(name: str, choice: str) -> bool:
    return name.startswith(CHOOSE) and choice == "theirs" and name.removeprefix(CHOOSE) in ProductInput.model_fields


def _is_complete(form: ProductForm, product: Product | None) -> bool:
    """Return whether the form is to be saved: no row was asked for, and every product in it is one that is there."""
    is_valid = not form.change_rows() and form.validate_on_submit()
    # After the form's own look at itself, which forgets what it was told before.
    is_settled = form.settle_references(_finder(product), product)
    return is_valid and is_settled


def _finder(product: Product | None) -> Callable[[str], Named]:
    system = product.external_system if product else None
    return lambda text: named(db.session(), text, system=system)


def _row_status(form: ProductForm) -> HTTPStatus:
    """Return 200 where the form was only drawn anew; anything else that stopped it is a fault in it."""
    is_drawn = form.add_row.data or form.remove_row.data or form.look_up.data
    return HTTPStatus.OK if is_drawn else HTTPStatus.UNPROCESSABLE_ENTITY


def _form(form: ProductForm, product: Product | None, status: HTTPStatus = HTTPStatus.OK) -> Response:
    found = choices()
    for field in (form.target_segments, form.exclude_segments):
        field.choices = dict(found.segments_with(field.data or ()))
    form.external_system.choices = dict(system_choices())
    for row in form.condition_rows():
        row.narrow_operators()
    title = gettext("Edit %(name)s", name=product.name) if product else gettext("Add a product")
    return dialog(
        "products/_form.html",
        title,
        status,
        form=form,
        product=product,
        source=_source(product) if product else None,
        categories=found.categories,
        facts=FACTS,
        preview=rule_preview(form, found.segments),
    )


def _source(product: Product) -> str | None:
    """Return the label of the system that the product comes from; None for one that was made here."""
    if product.external_system == MANUAL:
        return None
    facts = systems().get(product.external_system)
    return facts.label if facts else product.external_system


def compare(product_id: int, mine: ProductInput, expected: int, form: Iterable[tuple[str, str]]) -> Response:
    """Show both versions side by side; what was typed, the fields of `form`, travels along hidden."""
    product = catalog().get(product_id)
    since = [revision for revision in catalog().history(product_id) if revision.version > expected]
    passed_over = {"csrf_token", "version", "add_row", "remove_row"}
    sent = [(name, value) for name, value in form if name not in passed_over]
    differing = differences(product, mine, since)
    # What was chosen before stays chosen: a field that no longer differs would else bring the older text back.
    asked_again = {CHOOSE + one.field for one in differing}
    typed = [
        (name, value)
        for name, value in sent
        if not name.startswith(CHOOSE) or (value == "theirs" and name not in asked_again)
    ]
    return dialog(
        "products/_compare.html",
        gettext("Compare both versions"),
        HTTPStatus.CONFLICT,
        product=product,
        differences=differing,
        typed=typed,
    )
