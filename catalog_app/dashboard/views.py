"""The overview: what needs a person, how the sources are, what changed."""

from flask import render_template
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.dashboard import settings_views
from catalog_app.dashboard.attention import needs
from catalog_app.dashboard.blueprint import bp
from catalog_app.dashboard.charts import line_chart
from catalog_app.dashboard.facts import applied_by_syncs, daily, ending_products, first_day
from catalog_app.events.activity import ActivityFilter, activity, changes_by_people
from catalog_app.events.links import run_url, subject_url
from catalog_app.events.views import diffs_of
from catalog_app.products.labels import term
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.runs.standing import OUTCOMES, standings
from catalog_app.sync.schedule.facts import schedule_facts

__all__ = ("bp", "settings_views")

LATEST = 6
TYPES_SHOWN = 5
MAX_ENDING = 500


@bp.get("/")
@requires_role("viewer")
def overview() -> ResponseReturnValue:
    session, now = db.session(), utcnow()
    systems = standings(session, now=now)
    stats = ProductCatalogService().stats()
    since = first_day(now)
    applied = applied_by_syncs(session, since)
    by_syncs = daily(applied.by_day, today=now.date())
    by_people = daily(changes_by_people(session, since), today=now.date())
    latest = activity(session, ActivityFilter(), limit=LATEST)
    return render_template(
        "dashboard/_overview.html" if wants_fragment() else "dashboard/overview.html",
        now=now,
        needs=needs(session, systems, now=now),
        systems=systems,
        facts=schedule_facts(session),
        outcomes=OUTCOMES,
        stats=stats,
        types=sorted(stats.by_type.items(), key=lambda item: -item[1])[:TYPES_SHOWN],
        term=term,
        by_syncs=by_syncs,
        runs=applied.runs,
        syncs_chart=line_chart(by_syncs.counts),
        by_people=by_people,
        people_chart=line_chart(by_people.counts),
        latest=latest,
        diffs={revision.id: diffs_of(revision) for revision in latest},
        subject_url=subject_url,
        run_url=run_url,
    )


@bp.get("/ending")
@requires_role("viewer")
def ending() -> ResponseReturnValue:
    """Show the products on sale whose validity ends this month."""
    products = ending_products(db.session(), utcnow(), limit=MAX_ENDING)
    return render_template("dashboard/ending.html", products=products, term=term)
