"""Settings: the external systems, for admins."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, RuleError, StaleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.sealing import can_seal
from catalog_app.core.wiring import settings
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.links import CATALOG_PAGE
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.runs.standing import standings
from catalog_app.sync.schedule.facts import schedule_facts
from catalog_app.sync.systems import systems
from catalog_app.sync.systems.forms import GUARDS, LIMITS, SystemForm, form_for, opened_version
from catalog_app.sync.systems.preview import preview_of
from catalog_app.sync.systems.schema import SystemInput, checked_key, told_together
from catalog_app.sync.systems.secrets import SecretInput, check_secrets, fact_of
from catalog_app.sync.systems.setup import SystemSetup, setup_of
from catalog_app.sync.systems.sources import found
from catalog_app.sync.systems.trial import Tried, try_out
from catalog_app.sync.systems.words import setting_label, setting_value, table_label

bp = Blueprint("systems", __name__, url_prefix="/admin/settings/systems")


@bp.context_processor
def _links() -> dict[str, str]:
    return {"catalog_page": CATALOG_PAGE}


@bp.get("/")
@requires_role("admin")
def index() -> ResponseReturnValue:
    return render_template(
        "sync/system_index.html",
        systems=standings(db.session(), now=utcnow()),
        products=ProductCatalogService().stats().by_system,
        can_seal=can_seal(),
        setting_label=setting_label,
        setting_value=setting_value,
        facts=schedule_facts(db.session()),
    )


@bp.get("/new")
@requires_role("admin")
def new() -> ResponseReturnValue:
    return _page(form_for(None, None, opened=True))


@bp.post("/new")
@requires_role("admin")
def create() -> ResponseReturnValue:
    form = form_for(None, None, opened=False)
    return _answered(form, None)


@bp.get("/<key>/edit")
@requires_role("admin")
def edit(key: str) -> ResponseReturnValue:
    system = found(db.session(), key)
    return _page(form_for(system, setup_of(system), opened=True), of=system)


@bp.post("/<key>/edit")
@requires_role("admin")
def save(key: str) -> ResponseReturnValue:
    system = found(db.session(), key)
    return _answered(form_for(system, setup_of(system), opened=False), system)


@bp.post("/<key>/switch")
@requires_role("admin")
def switch(key: str) -> ResponseReturnValue:
    """Switch the system on where it is off, and off where it is on."""
    system = found(db.session(), key)
    changed = systems.set_enabled(key, enabled=not system.enabled, expected_version=system.version, actor=actor())
    done = gettext("%(label)s switched on.") if changed.enabled else gettext("%(label)s switched off.")
    return _done(done % {"label": changed.label})


@bp.get("/<key>/delete")
@requires_role("admin")
def confirm_delete(key: str) -> ResponseReturnValue:
    return _deletion(key)


@bp.post("/<key>/delete")
@requires_role("admin")
def delete(key: str) -> ResponseReturnValue:
    label = found(db.session(), key).label
    try:
        systems.delete_system(key, actor=actor())
    except ConflictError:
        return _deletion(key, HTTPStatus.CONFLICT)
    return _done(gettext("%(label)s deleted.", label=label))


def _answered(form: SystemForm, system: ExternalSystem | None) -> ResponseReturnValue:
    """Do what the pressed button asks for: change rows, try the system, or save it."""
    if not form.validate_on_submit():
        return _page(form, of=system, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if form.change_rows():
        form.fit()
        return _page(form, of=system)
    setup = setup_of(system) if system else None
    is_test = form.do.data == "test"
    key = system.key if system else (form["key"].data or "").strip()
    secrets = form.said_of_secrets(setup)
    is_unfinished = form.unfinished_words()
    try:
        checked, *_rest = told_together(
            lambda: SystemInput.check(form.values(setup, system), preset=settings().source(key).preset),
            lambda: check_secrets(secrets),
            # What is only tried needs no key yet.
            lambda: key if system or is_test else checked_key(key),
        )
        if is_unfinished:
            return _page(form, of=system, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        if is_test:
            return _tested(form, system, try_out(system, key, checked, secrets))
        return _saved(form, system, key, checked, secrets)
    except RuleError as error:
        # A row that is half filled in has been marked already, in words that fit it better.
        form.put_errors({n: text for n, text in error.errors.items() if not (is_unfinished and n.startswith("tables"))})
        return _page(form, of=system, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _saved(
    form: SystemForm, system: ExternalSystem | None, key: str, checked: SystemInput, secrets: dict[str, SecretInput]
) -> ResponseReturnValue:
    try:
        if system is None:
            saved = systems.create_system(key, checked, secrets=secrets, actor=actor())
            return _done(gettext("%(label)s added.", label=saved.label))
        opened = opened_version(form)
        saved = systems.update_system(key, checked, secrets=secrets, expected_version=opened, actor=actor())
    except StaleError as error:
        newer = found(db.session(), key)
        form.put_newer(newer, str(error))
        return _page(form, of=newer, status=HTTPStatus.CONFLICT)
    except ConflictError as error:
        form.put_errors({"key": str(error)})
        return _page(form, of=system, status=HTTPStatus.CONFLICT)
    return _done(gettext("%(label)s saved.", label=saved.label))


def _tested(form: SystemForm, system: ExternalSystem | None, tried: Tried) -> ResponseReturnValue:
    if tried.probe:
        form.offer_words(tried.probe.unknown_words)
    return _page(form, of=system, tried=tried)


def _page(
    form: SystemForm,
    *,
    of: ExternalSystem | None = None,
    tried: Tried | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> ResponseReturnValue:
    setup: SystemSetup | None = setup_of(of) if of else None
    page = render_template(
        "sync/_system_form.html" if wants_fragment() else "sync/system_form.html",
        form=form,
        system=of,
        setup=setup,
        tried=tried,
        can_seal=can_seal(),
        secret_facts={name: fact_of(of.secrets if of else {}, name) for name in form.secrets},
        words_by_table=form.words_by_table(),
        table_label=table_label,
        limits=LIMITS,
        guards=GUARDS,
        is_fresh=request.method == "GET",
        preview=preview_of(tried.probe) if tried and tried.probe else None,
        typed_secrets=any(part.form.value.data for part in form.secrets.values()),
    )
    return make_response(page, status)


def _deletion(key: str, status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    system = found(db.session(), key)
    page = render_template(
        "sync/_system_delete.html" if wants_fragment() else "sync/system_delete.html",
        system=system,
        reason=systems.reason_to_keep(db.session(), system),
    )
    return make_response(page, status)


def _done(text: str) -> ResponseReturnValue:
    flash(text, "good")
    target = url_for("systems.index")
    if wants_fragment():
        return Response(headers={"HX-Redirect": target})
    return redirect(target, HTTPStatus.SEE_OTHER)
