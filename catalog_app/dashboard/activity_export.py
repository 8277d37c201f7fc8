"""The activity as a file: what is filtered, one line for each field that changed."""

from collections.abc import Iterable, Iterator
from typing import Final

from flask import Response, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.dashboard.blueprint import bp
from catalog_app.events.activity import each_change
from catalog_app.events.asking import asked, field_choices
from catalog_app.events.links import cause_of
from catalog_app.events.models import Revision
from catalog_app.events.rows import diffs_of
from catalog_app.events.words import action_words, actor_words, subject_words, system_names
from catalog_app.products.tables.writing import CSV

MAX_CHANGES: Final = 50_000
"""More than anybody reads; who needs all of history follows the change feed of the API."""


@bp.get("/activity/export.csv")
@requires_role("viewer")
def activity_csv() -> ResponseReturnValue:
    """Send what the filters of the address leave, newest first. Cells that a spreadsheet would run are harmless."""
    systems = system_names()
    wanted = asked(field_choices(), systems).wanted
    rows = _rows(each_change(db.session(), wanted, limit=MAX_CHANGES), systems)
    lines = CSV.write([str(name) for name in _columns()], rows)
    name = f"activity-{utcnow():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(lines), content_type=CSV.content_type, headers=headers)


def _columns() -> Iterable[str]:
    return (
        gettext("When (UTC)"),
        gettext("Who"),
        gettext("Change"),
        gettext("Kind of thing"),
        gettext("Number"),
        gettext("Name"),
        gettext("Version"),
        gettext("Field"),
        gettext("Before"),
        gettext("After"),
        gettext("Sync run"),
        gettext("Plan"),
    )


def _who(actor: str, systems: dict[str, str]) -> str:
    """Return who acted; of a person the address, which tells two of one name apart."""
    kind, _, address = actor.partition(":")
    return address if kind == "user" else actor_words(actor, systems)


def _rows(revisions: Iterable[Revision], systems: dict[str, str]) -> Iterator[tuple[object, ...]]:
    for revision in revisions:
        cause = cause_of(revision)
        before = (
            f"{revision.at:%Y-%m-%d %H:%M:%S}",
            _who(revision.actor, systems),
            action_words(revision.action),
            subject_words(revision.subject_type),
            revision.subject_id,
            revision.subject_name,
            revision.version or None,
        )
        causes = tuple(cause.number if cause and cause.kind == kind else None for kind in ("sync_run", "edit_plan"))
        for line in diffs_of(revision) or (None,):
            yield *before, *((line.label, line.old, line.new) if line else (None, None, None)), *causes
