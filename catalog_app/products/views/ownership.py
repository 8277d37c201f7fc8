"""Who owns a field: people lock it, give it back to its source, or settle a conflict."""

from http import HTTPStatus

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.babel import in_words
from catalog_app.core.errors import RuleError
from catalog_app.products import editing
from catalog_app.products.labels import field_labels
from catalog_app.products.systems import SystemFacts, systems
from catalog_app.products.views.blueprint import bp, catalog, dialog, done, refused, undo_url

MAX_REASON = 255


@bp.get("/<int:product_id>/lock")
@requires_role("editor")
def confirm_lock(product_id: int) -> ResponseReturnValue:
    """Ask why a field shall be the people's own from now on, though nobody changes it."""
    product, fields = catalog().get(product_id), editing.writable(request.args.getlist("field"))
    return dialog(
        "products/_lock.html",
        gettext("Lock %(fields)s?", fields=field_labels(fields)),
        product=product,
        system=systems().get(product.external_system) or SystemFacts(product.external_system, product.external_system),
        fields=fields,
        back=_page(product_id),
        tab=request.args.get("tab", ""),
        max_reason=MAX_REASON,
    )


@bp.post("/<int:product_id>/lock")
@requires_role("editor")
def lock(product_id: int) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()[:MAX_REASON] or None
    catalog().lock(product_id, _fields(), actor=actor(), reason=reason)
    return _settled(product_id, gettext("Yours from now on: a sync leaves it alone"))


@bp.post("/<int:product_id>/release")
@requires_role("editor")
def release(product_id: int) -> ResponseReturnValue:
    """Give fields back; in a conflict this takes the source's value."""
    try:
        catalog().release(product_id, _fields(), actor=actor())
    except RuleError as error:
        return refused(
            " ".join(map(in_words, error.errors.values())), _page(product_id), HTTPStatus.UNPROCESSABLE_ENTITY
        )
    return _settled(product_id, gettext("The value of the source stands again"))


@bp.post("/<int:product_id>/keep")
@requires_role("editor")
def keep(product_id: int) -> ResponseReturnValue:
    fields = _fields()
    catalog().keep_ours(product_id, fields, actor=actor())
    text = ngettext(
        "Conflict settled: your value stays", "%(num)d conflicts settled: your values stay", max(1, len(fields))
    )
    return _settled(product_id, text)


def _fields() -> list[str]:
    return request.form.getlist("field")


def _page(product_id: int) -> str:
    """Return the page of the product, at the tab on which somebody acted."""
    tab = request.values.get("tab")
    return url_for(
        "products.show", product_id=product_id, tab=tab if tab in ("prices", "features", "targeting") else None
    )


def _settled(product_id: int, text: str) -> ResponseReturnValue:
    return done(text, _page(product_id), undo=undo_url(product_id), leave=True)
