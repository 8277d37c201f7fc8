"""Settings: the segments that products may be meant for."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, RuleError, StaleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.products import segments
from catalog_app.products.models import Segment
from catalog_app.products.segment_forms import NewSegmentForm, SegmentForm

bp = Blueprint("segments", __name__, url_prefix="/admin/settings/segments")


@bp.get("/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "segments/index.html",
        segments=segments.all_segments(session),
        products=segments.products_by_segment(session),
        undefined=len(segments.undefined_segments(session)),
    )


@bp.get("/new")
@requires_role("editor")
def new() -> ResponseReturnValue:
    return _form(NewSegmentForm(formdata=None))


@bp.post("/new")
@requires_role("editor")
def create() -> ResponseReturnValue:
    form = NewSegmentForm()
    if not form.validate_on_submit():
        return _form(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        made = segments.create_segment(form.key.data or "", form.checked(), actor=actor())
    except RuleError as error:
        form.put_errors(error.errors)
        return _form(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except ConflictError as error:
        form.put_errors({"key": str(error)})
        return _form(form, status=HTTPStatus.CONFLICT)
    return _saved(gettext("Segment %(label)s added.", label=made.label))


@bp.get("/<key>/edit")
@requires_role("editor")
def edit(key: str) -> ResponseReturnValue:
    found = segments.find_segment(key)
    return _form(SegmentForm.of(found), of=found)


@bp.post("/<key>/edit")
@requires_role("editor")
def save(key: str) -> ResponseReturnValue:
    found, form = segments.find_segment(key), SegmentForm()
    if not form.validate_on_submit():
        return _form(form, of=found, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        opened = form.opened_version()
        saved = segments.define_segment(key, form.checked(), expected_version=opened, actor=actor())
    except RuleError as error:
        form.put_errors(error.errors)
        return _form(form, of=found, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleError as error:
        newer = segments.find_segment(key)
        form.put_newer(newer, str(error))
        return _form(form, of=newer, status=HTTPStatus.CONFLICT)
    return _saved(gettext("Segment %(label)s saved.", label=saved.label))


def _form(form: SegmentForm, *, of: Segment | None = None, status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    page = render_template("segments/_form.html" if wants_fragment() else "segments/form.html", form=form, segment=of)
    return make_response(page, status)


def _saved(done: str) -> ResponseReturnValue:
    flash(done, "good")
    target = url_for("segments.index")
    if wants_fragment():
        return Response(headers={"HX-Redirect": target})
    return redirect(target, HTTPStatus.SEE_OTHER)
