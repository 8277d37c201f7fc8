"""The page of one run: its state, why it is held, its counts, and every change with its fields."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.events.diffs import FieldDiff, field_diffs
from catalog_app.sync import models as states
from catalog_app.sync.changes import change_page, losses
from catalog_app.sync.models import KINDS, ExternalSystem, SyncChange, SyncRun
from catalog_app.sync.progress import is_going_on, progress_of
from catalog_app.sync.reasons import held_reasons, proofs
from catalog_app.sync.standing import is_interrupted
from catalog_app.sync.views.blueprint import bp, syncs

CHANGES_A_PAGE = 20
MAX_ID = 2**31 - 1
COLUMNS = {
    "create": "created",
    "update": "updated",
    "withdraw": "withdrawn",
    "conflict": "conflicts",
    "rejected": "rejected",
}
# What a new product is recognised by; the rest of it stands on its own page.
OF_A_NEW_PRODUCT = ("product_type", "category", "price", "lifecycle_status")


@bp.get("/runs/<int:run_id>")
@requires_role("viewer")
def run(run_id: int) -> ResponseReturnValue:
    return run_page(run_id)


def run_page(run_id: int, status: HTTPStatus = HTTPStatus.OK, *, refusal: str | None = None) -> Response:
    """Return the page of a run, or what is inside it where htmx asks; `refusal` says why a decision was not taken."""
    found, now = syncs().get(run_id), utcnow()
    system = db.session().get_one(ExternalSystem, found.external_system)
    kind = _chosen_kind(found)
    after = min(request.args.get("after", default=0, type=int) or 0, MAX_ID)
    page = change_page(db.session(), run_id, kind=kind, after_id=max(0, after), limit=CHANGES_A_PAGE)
    interrupted = is_interrupted(found, system, now=now)
    body = render_template(
        "sync/_run.html" if wants_fragment() else "sync/run.html",
        run=found,
        system=system,
        kind=kind,
        counts={name: getattr(found, column) for name, column in COLUMNS.items()},
        page=page,
        lines={change.id: _lines(change) for change in page.items},
        names={change.id: _name(change) for change in page.items},
        raws={change.id: _indented(change.raw) for change in page.items if change.raw and kind == "rejected"},
        progress=progress_of(found, now=now),
        goes_on=is_going_on(found) and not interrupted,
        interrupted=interrupted,
        waits=waits_for_a_person(found),
        held=held_reasons(found),
        losses=losses(db.session(), found) if found.withdrawn else [],
        proofs=proofs(found),
        refusal=refusal,
        here=url_for("sync.run", run_id=run_id, kind=request.args.get("kind"), after=after or None),
    )
    return make_response(body, status)


def waits_for_a_person(found: SyncRun) -> bool:
    """Return whether the plan may be applied or rejected now."""
    return found.status in (states.AWAITING_APPROVAL, states.PLANNED) and found.finished_at is not None


def _chosen_kind(found: SyncRun) -> str:
    asked = request.args.get("kind")
    if asked is not None:
        return asked if asked in KINDS else abort(HTTPStatus.NOT_FOUND, "There is no such kind of change.")
    order = ("update", "create", "withdraw", "conflict", "rejected")
    return next((kind for kind in order if getattr(found, COLUMNS[kind])), "update")


@dataclass(frozen=True)
class ChangeLines:
    """The lines of one change: what the run takes from the source, and what people own and therefore keep."""

    taken: list[FieldDiff]
    kept: list[FieldDiff]


def _lines(change: SyncChange) -> ChangeLines:
    said = change.said or {}
    currency, conflicts = said.get("currency"), change.conflicts or {}
    if change.kind == "create":
        before, after = {}, {name: said[name] for name in OF_A_NEW_PRODUCT if said.get(name)}
    else:
        before, after = change.before or {}, change.after or {}
    ours = {field: sides["ours"] for field, sides in conflicts.items()}
    theirs = {field: sides["theirs"] for field, sides in conflicts.items()}
    return ChangeLines(
        taken=field_diffs(before, after, currency=currency),
        kept=field_diffs(ours, theirs, currency=currency),
    )


def _name(change: SyncChange) -> str | None:
    """Return what people call the product; a record that was never mapped may name itself."""
    own = (change.raw or {}).get("name")
    return change.name or (own if isinstance(own, str) else None)


def _indented(raw: object) -> str:
    return json.dumps(raw, indent=2, ensure_ascii=False)
