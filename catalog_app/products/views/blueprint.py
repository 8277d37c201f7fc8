"""What the pages of the catalogue share: the blueprint, the service, and how a change is answered."""

from http import HTTPStatus

import orjson
from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from catalog_app.core.babel import in_words
from catalog_app.core.htmx import wants_fragment
from catalog_app.products.formatting import actor_name, money
from catalog_app.products.labels import check_label, per_cycle, term
from catalog_app.products.service import ProductCatalogService

bp = Blueprint("products", __name__, url_prefix="/admin/products")

for _filter in (actor_name, check_label, money, per_cycle, term):
    bp.add_app_template_filter(_filter)

CHANGED = "products-changed"
"""The event that tells open pages to read products again."""


def catalog() -> ProductCatalogService:
    return ProductCatalogService()


def undo_url(product_id: int) -> str:
    """Return where the newest change of a product is taken back."""
    return url_for("products.undo", revision_id=catalog().history(product_id, limit=1)[0].id)


def done(text: str, back: str, *, undo: str | None = None, leave: bool = False) -> ResponseReturnValue:
    """Answer a change that worked: a toast and fresh parts on htmx, else the page `back` with the same toast.

    `leave` goes to `back` also on htmx: what the page showed is gone, or something new has a page of its own.
    """
    if wants_fragment() and not leave:
        toast = render_template("products/_done.html", text=text, undo=undo)
        events = orjson.dumps({"dialog-close": {}, CHANGED: {}}).decode()
        return Response(toast, headers={"HX-Trigger": events})
    say(text, "good", undo=undo)
    if wants_fragment():
        return Response(status=HTTPStatus.OK, headers={"HX-Redirect": back})
    return redirect(back, HTTPStatus.SEE_OTHER)


def dialog(part: str, title: str, code: HTTPStatus = HTTPStatus.OK, **context: object) -> Response:
    """Answer with the fragment `part`: alone for the dialog of an open page, else as a page of its own."""
    in_dialog = wants_fragment()
    template = part if in_dialog else "products/alone.html"
    return make_response(render_template(template, part=part, title=title, in_dialog=in_dialog, **context), code)


def say(text: str, tone: str, *, undo: str | None = None) -> None:
    """Let the next page show a toast, with a way to take the change back where there is one."""
    message = {"text": in_words(text), "undo": undo, "link": None}
    flash(message, tone)  # type: ignore[arg-type]  # Flask keeps whatever JSON can hold; the base template knows both.


def refused(text: str, back: str, status: HTTPStatus) -> ResponseReturnValue:
    """Answer a change that was refused: the reason as a toast that stays."""
    if wants_fragment():
        return make_response(render_template("errors/_fragment.html", detail=text), status)
    say(text, "bad")
    return redirect(back, HTTPStatus.SEE_OTHER)
