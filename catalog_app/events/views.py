"""The activity page: who changed what."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.events.activity import ACTORS, ActivityFilter, activity, subject_types
from catalog_app.events.diffs import field_diffs
from catalog_app.events.links import run_url, subject_url
from catalog_app.events.models import Revision

bp = Blueprint("events", __name__, url_prefix="/admin/activity")

CHANGES_A_PAGE = 30
FIELDS_SHOWN = 4
MAX_ID = 2**31 - 1
MAX_TEXT = 200


@bp.get("/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    wanted = _wanted()
    before = _number("before")
    found = activity(db.session(), wanted, before_id=before, limit=CHANGES_A_PAGE + 1)
    revisions = found[:CHANGES_A_PAGE]
    here: dict[str, Any] = {key: value for key, value in request.args.items() if key != "before" and value}
    return render_template(
        "events/_index.html" if wants_fragment() else "events/index.html",
        revisions=revisions,
        diffs={revision.id: diffs_of(revision) for revision in revisions},
        subject_url=subject_url,
        run_url=run_url,
        wanted=wanted,
        kinds=tuple(ACTORS),
        types=subject_types(db.session()),
        shown_fields=FIELDS_SHOWN,
        newest=url_for("events.index", **here) if before else None,
        older=url_for("events.index", **here, before=revisions[-1].id) if len(found) > CHANGES_A_PAGE else None,
    )


def diffs_of(revision: Revision) -> list[object]:
    """Return the lines of a revision; what a product was created with stands on its page."""
    if revision.action == "created":
        return []
    before = {field: sides[0] for field, sides in revision.changes.items()}
    after = {field: sides[1] for field, sides in revision.changes.items()}
    return [*field_diffs(before, after)]


def _wanted() -> ActivityFilter:
    kind = _text("kind")
    return ActivityFilter(
        kind=kind if kind in ACTORS else None,
        actor=_text("actor"),
        name=_text("name"),
        subject_type=_text("subject_type"),
        subject_id=_number("subject_id"),
        run_id=_number("run_id"),
    )


def _text(name: str) -> str | None:
    """Return what was asked for; a NUL, which no name holds and one of the databases refuses, is dropped."""
    return request.args.get(name, "").replace("\x00", "").strip()[:MAX_TEXT] or None


def _number(name: str) -> int | None:
    number = request.args.get(name, type=int)
    return None if number is None or not 0 < number <= MAX_ID else number
