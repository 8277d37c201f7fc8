"""What the pages of recommendations share: the blueprint, and how a change is answered."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from catalog_app.core.babel import in_words
from catalog_app.core.htmx import wants_fragment
from catalog_app.recommendations.views.figures import lift
from catalog_app.recommendations.views.words import basis_words, exclusion_words, step_number, step_words

bp = Blueprint("recommendations", __name__, url_prefix="/admin/recommendations")
for _name, _words in (
    ("basis", basis_words),
    ("exclusion", exclusion_words),
    ("training_step", step_words),
    ("step_number", step_number),
    ("lift", lift),
):
    bp.add_app_template_filter(_words, _name)
settings_bp = Blueprint("nbo_settings", __name__, url_prefix="/admin/settings/recommendations")


def dialog(part: str, title: str, status: HTTPStatus = HTTPStatus.OK, **context: object) -> Response:
    """Answer with the fragment `part`: alone for the dialog of an open page, else as a page of its own."""
    in_dialog = wants_fragment()
    template = part if in_dialog else "recommendations/alone.html"
    return make_response(render_template(template, part=part, title=title, in_dialog=in_dialog, **context), status)


def done(text: str, back: str, *, undo: str | None = None) -> ResponseReturnValue:
    """Answer a change that worked with the page `back`, which says so; `undo` is where a button takes it back."""
    message = {"text": in_words(text), "undo": undo} if undo else in_words(text)
    flash(message, "good")  # type: ignore[arg-type]  # Flask keeps whatever JSON can hold; the base template knows both.
    return leading_to(back)


def refused(text: str, back: str, status: HTTPStatus) -> ResponseReturnValue:
    """Answer a change that was refused: the reason as a toast that stays."""
    if wants_fragment():
        return make_response(render_template("errors/_fragment.html", detail=text), status)
    flash(in_words(text), "bad")
    return leading_to(back)


def leading_to(page: str) -> ResponseReturnValue:
    """Answer with another page, also where htmx asked."""
    if wants_fragment():
        return Response(status=HTTPStatus.OK, headers={"HX-Redirect": page})
    return redirect(page, HTTPStatus.SEE_OTHER)
