"""A run as a strip of phases: what is done, what goes on, what is still to come, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask_babel import gettext, ngettext

from catalog_app.core.moments import figure, took
from catalog_app.products.formatting import actor_name
from catalog_app.sync import models as states
from catalog_app.sync.models import SyncRun
from catalog_app.sync.runs.states import is_approved, is_waiting

Stand = Literal["done", "now", "waits", "stopped", "todo"]


@dataclass(frozen=True)
class Phase:
    """One step of a run. `at` is when it was over, or began where it goes on; `note` its counts or who decided."""

    name: str
    stand: Stand
    at: datetime | None = None
    note: str = ""


def phases_of(run: SyncRun, *, interrupted: bool) -> tuple[Phase, ...]:
    """Return the phases of a run in their order. One that stopped has nothing to come."""
    ended = interrupted or run.status in states.ENDED
    return tuple(phase for phase in _phases(run, interrupted=interrupted) if not (ended and phase.stand == "todo"))


def _phases(run: SyncRun, *, interrupted: bool) -> Iterator[Phase]:
    yield Phase(gettext("Asked for"), "done", run.requested_at, actor_name(run.requested_by))
    yield _reading(run, interrupted=interrupted)
    yield _planning(run, interrupted=interrupted)
    if run.held_because or is_waiting(run) or (run.decided_at and run.planned_at):
        yield _deciding(run)
    if not run.dry_run or run.decided_at:
        yield _applying(run, interrupted=interrupted)
    if run.undone_by:
        yield Phase(gettext("Taken back"), "done" if run.undone_at else "now", run.undone_at, actor_name(run.undone_by))


def _reading(run: SyncRun, *, interrupted: bool) -> Phase:
    name = gettext("Read")
    pages = ngettext("%(pages)s page", "%(pages)s pages", run.pages, pages=figure(run.pages))
    rows = ngettext("%(rows)s row", "%(rows)s rows", run.fetched, rows=figure(run.fetched))
    note = f"{pages}, {rows}"
    if run.planned_at is not None and run.started_at is not None:
        return Phase(name, "done", run.planned_at, f"{note}, {took((run.planned_at - run.started_at).total_seconds())}")
    if run.complete is not None:
        return Phase(name, "done", run.started_at, note)
    if run.started_at is None:
        return Phase(name, "todo") if run.status == states.QUEUED else Phase(name, "stopped", run.finished_at)
    is_over = interrupted or run.finished_at is not None
    return Phase(name, "stopped" if is_over else "now", run.finished_at or run.started_at, note)


def _planning(run: SyncRun, *, interrupted: bool) -> Phase:
    name = gettext("Plan")
    size = run.created + run.updated + run.withdrawn
    if run.complete is not None:
        note = ngettext("%(count)s change", "%(count)s changes", size, count=figure(size))
        return Phase(name, "done", run.planned_at, note)
    return Phase(name, "now" if run.status == states.PLANNED and not interrupted else "todo")


def _deciding(run: SyncRun) -> Phase:
    name = gettext("Decision")
    if is_waiting(run) and not run.held_because:
        return Phase(name, "todo", None, gettext("a preview need not be applied"))
    if is_waiting(run):
        return Phase(name, "waits", run.finished_at, gettext("waits for an approver"))
    who = actor_name(run.decided_by) if run.decided_by else ""
    if run.status in (states.REJECTED, states.SUPERSEDED, states.CANCELLED):
        return Phase(name, "stopped", run.decided_at or run.finished_at, who)
    return Phase(name, "done", run.decided_at, who)


def _applying(run: SyncRun, *, interrupted: bool) -> Phase:
    name = gettext("Apply")
    if run.status == states.APPLIED:
        return Phase(name, "done", run.finished_at)
    if run.status == states.APPLYING and not interrupted:
        return Phase(name, "now", run.decided_at, gettext("waits for a worker") if is_approved(run) else "")
    is_stopped = run.planned_at is not None and run.status in (states.FAILED, states.DEFERRED, states.CANCELLED)
    return Phase(name, "stopped" if is_stopped else "todo", run.finished_at if is_stopped else None)
