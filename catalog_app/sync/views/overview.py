"""The systems as cards, and the runs."""

from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.runs.progress import DECIDED, is_going_on, seconds_of
from catalog_app.sync.runs.settling import conflicts_by_system
from catalog_app.sync.runs.standing import standings
from catalog_app.sync.runs.states import STATUSES
from catalog_app.sync.schedule.facts import schedule_facts
from catalog_app.sync.views.blueprint import bp, syncs

RUNS_A_PAGE = 20
MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class RunList:
    """What the address asks of the list of runs."""

    system: str | None
    status: str | None
    before: int | None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.system or self.status)

    def url(self, before: int | None = None) -> str:
        return url_for("sync.index", system=self.system, status=self.status, before=before)


@bp.get("/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    now = utcnow()
    systems = standings(db.session(), now=now)
    wanted = _wanted({standing.key for standing in systems})
    found = syncs().runs(system=wanted.system, status=wanted.status, before_id=wanted.before, limit=RUNS_A_PAGE + 1)
    runs = found[:RUNS_A_PAGE]
    return render_template(
        "sync/_index.html" if wants_fragment() else "sync/index.html",
        systems=systems,
        facts=schedule_facts(db.session()),
        products=ProductCatalogService().stats().by_system,
        conflicts=conflicts_by_system(db.session()),
        runs=runs,
        labels={standing.key: standing.label for standing in systems},
        seconds={run.id: seconds_of(run, now=now) for run in runs if run.started_at and run.status not in DECIDED},
        wanted=wanted,
        statuses=STATUSES,
        newest=wanted.url() if wanted.before else None,
        older=wanted.url(runs[-1].id) if len(found) > RUNS_A_PAGE else None,
        is_busy=any(standing.active for standing in systems) or any(is_going_on(run) for run in runs[:3]),
    )


def _wanted(keys: set[str]) -> RunList:
    """Return what is asked for; whatever is no system, state or place is passed over."""
    system, status, before = (
        request.args.get("system"),
        request.args.get("status"),
        request.args.get("before", type=int),
    )
    return RunList(
        system=system if system in keys else None,
        status=status if status in STATUSES else None,
        before=min(before, MAX_ID) if before else None,
    )
