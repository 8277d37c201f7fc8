"""The sync dialog: choose a system, preview or apply, follow the run. Without JavaScript it is a page."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, i_may, requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError
from catalog_app.core.htmx import wants_fragment
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.forms import APPLY, CHANGES, FULL, PREVIEW, StartForm
from catalog_app.sync.models import SyncRun
from catalog_app.sync.runs.progress import is_going_on, progress_of
from catalog_app.sync.runs.standing import SystemStanding, is_interrupted, standings
from catalog_app.sync.service import BusyError
from catalog_app.sync.views.blueprint import PRODUCTS_CHANGED, RUNS_CHANGED, bp, syncs


@bp.get("/new")
@requires_role("editor")
def new() -> ResponseReturnValue:
    systems = standings(db.session(), now=utcnow())
    if (busy := _going_on(systems)) is not None:
        return _shown(busy)
    mode = request.args.get("mode", PREVIEW)
    form = StartForm(
        formdata=None,
        system=_first_choice(systems),
        mode=APPLY if mode == APPLY and i_may("approver") else PREVIEW,
        amount=CHANGES if request.args.get("amount") == CHANGES else FULL,
    )
    return _form(form, systems)


@bp.post("/runs")
@requires_role("editor")
def start() -> ResponseReturnValue:
    systems = standings(db.session(), now=utcnow())
    form = StartForm().offer([standing.system for standing in systems])
    if not form.validate_on_submit():
        return _form(form, systems, HTTPStatus.UNPROCESSABLE_ENTITY)
    if not form.is_preview and not i_may("approver"):
        abort(HTTPStatus.FORBIDDEN, gettext("An editor previews; an approver applies."))
    try:
        run = syncs().request(form.system.data, dry_run=form.is_preview, full=form.is_full, actor=actor())
    except BusyError as busy:
        form.put_errors({"system": str(busy)})
        return _form(form, systems, HTTPStatus.CONFLICT, busy_run=busy.run_id)
    except CatalogError as error:
        form.put_errors({"system": str(error)})
        return _form(form, systems, HTTPStatus.CONFLICT)
    syncs().enqueue(run)
    if wants_fragment():
        return _followed(run, events=(RUNS_CHANGED,))
    return redirect(url_for("sync.run", run_id=run.id), HTTPStatus.SEE_OTHER)


@bp.get("/runs/<int:run_id>/dialog")
@requires_role("viewer")
def follow(run_id: int) -> ResponseReturnValue:
    """Show how far a run is, in the dialog that started it; it asks here again until the run has ended."""
    return _shown(syncs().get(run_id))


@bp.post("/runs/<int:run_id>/cancel")
@requires_role("editor")
def cancel(run_id: int) -> ResponseReturnValue:
    run = syncs().cancel(run_id, actor=actor())
    if wants_fragment():
        return _followed(run, events=(RUNS_CHANGED,))
    return redirect(url_for("sync.run", run_id=run_id), HTTPStatus.SEE_OTHER)


def _going_on(systems: Sequence[SystemStanding]) -> SyncRun | None:
    """Return the run to show instead of the choices: of the system that is asked for, or of any where none is."""
    asked = request.args.get("system")
    return next((one.active for one in systems if one.active and (one.key == asked or not asked)), None)


def _shown(run: SyncRun) -> ResponseReturnValue:
    if not wants_fragment():
        return redirect(url_for("sync.run", run_id=run.id), HTTPStatus.SEE_OTHER)
    return _followed(run, events=() if is_going_on(run) else (RUNS_CHANGED, PRODUCTS_CHANGED))


def _form(
    form: StartForm,
    systems: list[SystemStanding],
    status: HTTPStatus = HTTPStatus.OK,
    *,
    busy_run: int | None = None,
) -> Response:
    page = render_template(
        "sync/_start.html" if wants_fragment() else "sync/start.html",
        form=form.offer([standing.system for standing in systems]),
        systems=systems,
        chosen=next((standing for standing in systems if standing.key == form.system.data), None),
        products=ProductCatalogService().stats().by_system,
        busy_run=busy_run,
    )
    return make_response(page, status)


def _followed(run: SyncRun, *, events: tuple[str, ...]) -> Response:
    now = utcnow()
    systems = standings(db.session(), now=now)
    chosen = next(standing for standing in systems if standing.key == run.external_system)
    form = StartForm(
        formdata=None,
        system=chosen.key,
        mode=PREVIEW if run.dry_run else APPLY,
        amount=FULL if run.full else CHANGES,
    )
    page = render_template(
        "sync/_follow.html",
        run=run,
        form=form.offer([standing.system for standing in systems]),
        systems=systems,
        chosen=chosen,
        products=ProductCatalogService().stats().by_system,
        progress=progress_of(run, now=now),
        goes_on=is_going_on(run) and not is_interrupted(run, chosen.system, now=now),
    )
    response = make_response(page)
    if events:
        response.headers["HX-Trigger"] = ", ".join(events)
    return response


def _first_choice(systems: list[SystemStanding]) -> str | None:
    """Return the system that was asked for, else the first that can be read."""
    asked = request.args.get("system")
    keys = [standing.key for standing in systems]
    ready = (standing.key for standing in systems if standing.setup.is_configured)
    return asked if asked in keys else next(ready, keys[0] if keys else None)
