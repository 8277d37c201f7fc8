"""The systems as cards, and the runs."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.progress import DECIDED, is_going_on, seconds_of
from catalog_app.sync.standing import standings
from catalog_app.sync.views.blueprint import bp, syncs

RUNS_A_PAGE = 20
MAX_ID = 2**31 - 1


@bp.get("/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    now = utcnow()
    systems = standings(db.session(), now=now)
    system = request.args.get("system")
    chosen = system if system in {standing.key for standing in systems} else None
    before = request.args.get("before", type=int)
    found = syncs().runs(system=chosen, before_id=min(before, MAX_ID) if before else None, limit=RUNS_A_PAGE + 1)
    runs = found[:RUNS_A_PAGE]
    is_more = len(found) > RUNS_A_PAGE
    return render_template(
        "sync/_index.html" if wants_fragment() else "sync/index.html",
        systems=systems,
        products=ProductCatalogService().stats().by_system,
        runs=runs,
        labels={standing.key: standing.label for standing in systems},
        seconds={run.id: seconds_of(run, now=now) for run in runs if run.started_at and run.status not in DECIDED},
        chosen=chosen,
        here=url_for("sync.index", system=chosen, before=before),
        newest=url_for("sync.index", system=chosen) if before else None,
        older=url_for("sync.index", system=chosen, before=runs[-1].id) if is_more else None,
        is_busy=any(standing.active for standing in systems) or any(is_going_on(run) for run in runs[:3]),
    )
