"""The page of one run: its state, why it is held, its counts, and every change with its fields."""

from http import HTTPStatus

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import Sentence
from catalog_app.core.htmx import wants_fragment
from catalog_app.events.diffs import label_of
from catalog_app.sync.models import APPLIED, KINDS, ExternalSystem, SyncRun
from catalog_app.sync.runs.changes import change_page, losses, name_products
from catalog_app.sync.runs.progress import is_going_on, progress_of
from catalog_app.sync.runs.reasons import held_reasons, proofs
from catalog_app.sync.runs.settling import MOST, open_conflicts, open_in_run
from catalog_app.sync.runs.standing import is_interrupted
from catalog_app.sync.runs.states import is_undo_wanted, is_waiting
from catalog_app.sync.runs.used import used_by, used_in_plan
from catalog_app.sync.views.blueprint import bp, syncs
from catalog_app.sync.views.lines import lines_of
from catalog_app.sync.views.phases import phases_of
from catalog_app.sync.views.wording import RunWords

CHANGES_A_PAGE = 20
MAX_ID = 2**31 - 1
COLUMNS = {
    "create": "created",
    "update": "updated",
    "withdraw": "withdrawn",
    "conflict": "conflicts",
    "rejected": "rejected",
}


@bp.get("/runs/<int:run_id>")
@requires_role("viewer")
def run(run_id: int) -> ResponseReturnValue:
    return run_page(run_id)


def run_page(
    run_id: int,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    refusal: str | None = None,
    kind: str | None = None,
    after: int | None = None,
) -> Response:
    """Return the page of a run, or what is inside it where htmx asks; `refusal` says why a decision was not taken.

    `kind` and `after` say which changes are shown, where the address does not.
    """
    found, now, session = syncs().get(run_id), utcnow(), db.session()
    system = session.get_one(ExternalSystem, found.external_system)
    kind = kind or _chosen_kind(found)
    after = _place() if after is None else after
    page = change_page(session, run_id, kind=kind, after_id=after, limit=CHANGES_A_PAGE)
    interrupted = is_interrupted(found, system, now=now)
    name_products(session, found, page.items)
    usages = used_by(page.items)
    settled_now = found.status == APPLIED
    waiting = open_conflicts(session, page.items) if settled_now else {}
    to_settle = open_in_run(session, run_id) if settled_now and kind == "conflict" else {}
    body = render_template(
        "sync/_run.html" if wants_fragment() else "sync/run.html",
        run=found,
        system=system,
        words=RunWords(found, system.label, now),
        phases=phases_of(found, interrupted=interrupted),
        kind=kind,
        counts={name: getattr(found, column) for name, column in COLUMNS.items()},
        page=page,
        after=after,
        lines={
            change.id: lines_of(
                change, open_fields=waiting.get(change.product_id or 0, ()), usages=usages.get(change.id, ())
            )
            for change in page.items
        },
        to_settle=sum(map(len, to_settle.values())),
        to_settle_is_more=len(to_settle) == MOST,
        progress=progress_of(found, now=now),
        goes_on=(is_going_on(found) and not interrupted) or is_undo_wanted(found),
        interrupted=interrupted,
        waits=is_waiting(found),
        held=held_reasons(found),
        losses=losses(session, found) if found.withdrawn else [],
        used=used_in_plan(session, found) if is_waiting(found) else [],
        proofs=proofs(found),
        label_of=label_of,
        refusal=refusal,
        here=url_for("sync.run", run_id=run_id, kind=request.args.get("kind"), after=after or None),
    )
    return make_response(body, status)


def _place() -> int:
    return max(0, min(request.args.get("after", default=0, type=int) or 0, MAX_ID))


def _chosen_kind(found: SyncRun) -> str:
    asked = request.args.get("kind")
    if asked is not None:
        return asked if asked in KINDS else abort(HTTPStatus.NOT_FOUND, Sentence("There is no such kind of change."))
    order = ("update", "create", "withdraw", "conflict", "rejected")
    return next((kind for kind in order if getattr(found, COLUMNS[kind])), "update")
