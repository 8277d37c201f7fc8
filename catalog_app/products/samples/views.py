"""The pages of sample customers: the list in the settings, and the form that keeps one."""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, keeps_typed, requires_role
from catalog_app.core.babel import in_words
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, RuleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.products.choices import choices
from catalog_app.products.form_fields import moment_input
from catalog_app.products.formatting import actor_name
from catalog_app.products.samples import service
from catalog_app.products.samples.asking import Asked, asked_of
from catalog_app.products.samples.box import customer_box
from catalog_app.products.samples.description import Description
from catalog_app.products.samples.models import SampleCustomer

bp = Blueprint("customers", __name__, url_prefix="/admin")
bp.add_app_template_filter(moment_input)


@bp.app_template_filter()
def path_only(url: str) -> str:
    """Return the path of an address, without what follows it."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


@bp.get("/settings/customers/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    found, segments = service.seen_by(actor()), choices().segments
    words = {one.id: Description.of(one.features).words(segments) for one in found}
    return render_template("customers/index.html", customers=found, words=words, me=actor(), owner_name=actor_name)


@bp.get("/settings/customers/new")
@requires_role("editor")
def new() -> ResponseReturnValue:
    """Show the form to keep a customer, filled with what the address describes."""
    asked = asked_of(db.session(), request.args, actor())
    kept = asked.kept
    return _form(asked, name=gettext("%(name)s, changed", name=kept.name) if kept else "", is_shared=False)


@bp.post("/settings/customers/new")
@requires_role("editor")
@keeps_typed
def create() -> ResponseReturnValue:
    return _save(None)


@bp.get("/settings/customers/<int:sample_id>/edit")
@requires_role("editor")
def edit(sample_id: int) -> ResponseReturnValue:
    sample = service.find(sample_id, actor())
    return _form(
        Asked(None, Description.of(sample.features)), name=sample.name, is_shared=sample.is_shared, sample=sample
    )


@bp.post("/settings/customers/<int:sample_id>/edit")
@requires_role("editor")
@keeps_typed
def save(sample_id: int) -> ResponseReturnValue:
    return _save(service.find(sample_id, actor()))


@bp.get("/settings/customers/<int:sample_id>/delete")
@requires_role("editor")
def confirm_delete(sample_id: int) -> ResponseReturnValue:
    return _page("customers/_delete.html", sample=service.find(sample_id, actor()))


@bp.post("/settings/customers/<int:sample_id>/delete")
@requires_role("editor")
def delete(sample_id: int) -> ResponseReturnValue:
    try:
        name = service.forget(sample_id, actor=actor())
    except ConflictError as error:
        return _left(in_words(str(error)), tone="bad")
    return _left(gettext("%(name)s deleted", name=name))


def _save(sample: SampleCustomer | None) -> ResponseReturnValue:
    """Keep what the form says. A button that only looks a product up, or a product it cannot tell, saves nothing."""
    asked = asked_of(db.session(), request.form, actor())
    name, is_shared = request.form.get("name", ""), "is_shared" in request.form
    if "look_up" in request.form or asked.faults:
        status = HTTPStatus.OK if not asked.faults else HTTPStatus.UNPROCESSABLE_ENTITY
        return _form(asked, name=name, is_shared=is_shared, sample=sample, status=status)
    try:
        wanted = service.SampleInput.check(name, asked.described.features, is_shared=is_shared)
        kept = service.change(sample.id, wanted, actor=actor()) if sample else service.keep(wanted, owner=actor())
    except RuleError as error:
        faults = {field.partition(".")[0]: message for field, message in error.errors.items()}
    except ConflictError as error:
        faults = {"name": str(error)}
    else:
        return _left(gettext("%(name)s saved", name=kept.name), kept=kept)
    return _form(
        asked, name=name, is_shared=is_shared, sample=sample, faults=faults, status=HTTPStatus.UNPROCESSABLE_ENTITY
    )


def _form(
    asked: Asked,
    *,
    name: str,
    is_shared: bool,
    sample: SampleCustomer | None = None,
    faults: dict[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> ResponseReturnValue:
    session = db.session()
    box = customer_box(session, asked, viewer=actor(), segments=choices().segments)
    return _page(
        "customers/_form.html",
        status,
        box=box,
        name=name,
        is_shared=is_shared,
        sample=sample,
        is_mine=sample is None or sample.owner == actor(),
        faults={**asked.all_faults, **(faults or {})},
    )


def _page(part: str, status: HTTPStatus = HTTPStatus.OK, **context: object) -> Response:
    in_dialog = wants_fragment()
    template = part if in_dialog else "customers/alone.html"
    return make_response(render_template(template, part=part, in_dialog=in_dialog, **context), status)


def _left(text: str, *, tone: str = "good", kept: SampleCustomer | None = None) -> ResponseReturnValue:
    """Leave a form for where it was opened: the page that asked about this customer goes on with the one that was kept."""
    flash(text, tone)
    target = _came_from(kept) or url_for("customers.index")
    if wants_fragment():
        return Response(headers={"HX-Redirect": target})
    return redirect(target, HTTPStatus.SEE_OTHER)


def _came_from(kept: SampleCustomer | None) -> str | None:
    back = request.form.get("back", "")
    is_ours = back.startswith(("/admin/products/", "/admin/offers")) and not {"\\", "\r", "\n", "?", "#"} & set(back)
    return f"{back}?customer={kept.id}" if kept is not None and is_ours else None
