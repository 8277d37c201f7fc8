"""What can be done with a product beside editing it: its lifecycle, retiring, deleting, taking back."""

from http import HTTPStatus

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.babel import in_words
from catalog_app.core.errors import ConflictError, RuleError, StaleError
from catalog_app.products.labels import field_labels, term
from catalog_app.products.lifecycle import NEEDS_REASON, TRANSITIONS
from catalog_app.products.usage import usages_of
from catalog_app.products.views.blueprint import bp, catalog, dialog, done, refused, undo_url


@bp.get("/<int:product_id>/move/<status>")
@requires_role("editor")
def move(product_id: int, status: str) -> ResponseReturnValue:
    """Ask before a move that other things feel: its reason, and what uses the product."""
    return _move(product_id, status)


@bp.post("/<int:product_id>/transition")
@requires_role("editor")
def transition(product_id: int) -> ResponseReturnValue:
    status, reason = request.form.get("status", ""), request.form.get("reason", "").strip() or None
    try:
        product = catalog().transition(product_id, status, reason=reason, expected_version=_version(), actor=actor())
    except RuleError as error:
        return _move(product_id, status, reason=reason or "", errors=error.errors)
    except StaleError as error:
        return refused(str(error), _page(product_id), HTTPStatus.CONFLICT)
    text = gettext("%(name)s: %(status)s", name=product.name, status=term(product.lifecycle_status))
    return done(text, _page(product_id), undo=undo_url(product_id), leave=True)


@bp.get("/<int:product_id>/removal")
@requires_role("editor")
def removal(product_id: int) -> ResponseReturnValue:
    """Ask "retire or delete?", with where the product is used listed first."""
    product = catalog().get(product_id)
    return dialog(
        "products/_removal.html",
        gettext("Retire or delete %(name)s?", name=product.name),
        product=product,
        usages=usages_of(product_id),
        may_retire="retired" in TRANSITIONS[product.lifecycle_status],
    )


@bp.post("/<int:product_id>/delete")
@requires_role("editor")
def delete(product_id: int) -> ResponseReturnValue:
    name = catalog().get(product_id).name
    try:
        revision = catalog().delete(product_id, expected_version=_version(), actor=actor())
    except (ConflictError, StaleError) as error:
        return refused(str(error), _page(product_id), HTTPStatus.CONFLICT)
    undo = url_for("products.undo", revision_id=revision.id)
    return done(gettext("%(name)s deleted", name=name), url_for("products.index"), undo=undo, leave=True)


@bp.post("/changes/<int:revision_id>/undo")
@requires_role("editor")
def undo(revision_id: int) -> ResponseReturnValue:
    try:
        product, kept = catalog().undo(revision_id, actor=actor())
    except ConflictError as error:
        return refused(str(error), _history(revision_id), HTTPStatus.CONFLICT)
    except RuleError as error:
        return refused(
            " ".join(map(in_words, error.errors.values())), _history(revision_id), HTTPStatus.UNPROCESSABLE_ENTITY
        )
    text = gettext("%(name)s: the change was taken back", name=product.name)
    if kept:
        text = gettext("%(done)s, except %(fields)s, changed since", done=text, fields=field_labels(kept))
    return done(text, _page(product.id), leave=True)


def _move(
    product_id: int, status: str, *, reason: str = "", errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    product = catalog().get(product_id)
    return dialog(
        "products/_move.html",
        gettext("%(name)s: %(status)s?", name=product.name, status=term(status)),
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        product=product,
        status=status,
        usages=usages_of(product_id),
        reason=reason,
        errors=errors or {},
        needs_reason=(product.lifecycle_status, status) in NEEDS_REASON,
    )


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() else None


def _history(revision_id: int) -> str:
    """Return where a change that could not be taken back is read: the history of its product."""
    product_id = catalog().subject_of(revision_id)
    return url_for("products.show", product_id=product_id, tab="history") if product_id else url_for("products.index")


def _page(product_id: int) -> str:
    return url_for("products.show", product_id=product_id)
