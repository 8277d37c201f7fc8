"""Who owns a field: people lock it, give it back to its source, or settle a conflict."""

from http import HTTPStatus

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.errors import RuleError
from catalog_app.products.views.blueprint import bp, catalog, done, refused, undo_url


@bp.post("/<int:product_id>/lock")
@requires_role("editor")
def lock(product_id: int) -> ResponseReturnValue:
    catalog().lock(product_id, _fields(), actor=actor())
    return _settled(product_id, gettext("Yours from now on: a sync leaves it alone"))


@bp.post("/<int:product_id>/release")
@requires_role("editor")
def release(product_id: int) -> ResponseReturnValue:
    """Give fields back; in a conflict this takes the source's value."""
    try:
        catalog().release(product_id, _fields(), actor=actor())
    except RuleError as error:
        back = url_for("products.show", product_id=product_id)
        return refused(" ".join(error.errors.values()), back, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _settled(product_id, gettext("Given back to its source"))


@bp.post("/<int:product_id>/keep")
@requires_role("editor")
def keep(product_id: int) -> ResponseReturnValue:
    catalog().keep_ours(product_id, _fields(), actor=actor())
    return _settled(product_id, gettext("Conflict settled: your value stays"))


def _fields() -> list[str]:
    return request.form.getlist("field")


def _settled(product_id: int, text: str) -> ResponseReturnValue:
    return done(text, url_for("products.show", product_id=product_id), undo=undo_url(product_id), leave=True)
