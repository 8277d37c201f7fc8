"""The overview: what needs a person, how the sources are, what changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from catalog_app.accounts import requires_role
from catalog_app.core.charts import line_chart
from catalog_app.core.clock import utcnow
from catalog_app.core.daily import daily, first_moment
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.dashboard import activity_export, settings_views
from catalog_app.dashboard.attention import Seen, needs
from catalog_app.dashboard.blueprint import bp
from catalog_app.dashboard.facts import applied_by_syncs, ending_products
from catalog_app.dashboard.first_steps import first_steps
from catalog_app.dashboard.needs import Need
from catalog_app.dashboard.series import of_level
from catalog_app.dashboard.strips import strips
from catalog_app.events.activity import ActivityFilter, activity, changes_by_people, history_begins
from catalog_app.events.rows import change_rows
from catalog_app.products.days import last_days, note_today_if_possible
from catalog_app.products.labels import term
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.stats import CatalogStats
from catalog_app.sync.runs.standing import SystemStanding, standings
from catalog_app.sync.schedule.facts import ScheduleFacts, schedule_facts

__all__ = ("activity_export", "bp", "settings_views")

LATEST = 6
A_HANDFUL = 6
MAX_ENDING = 500


@bp.get("/")
@requires_role("viewer")
def overview() -> ResponseReturnValue:
    now = utcnow()
    note_today_if_possible(now)
    session = db.session()
    systems, facts = standings(session, now=now), schedule_facts(session)
    stats = ProductCatalogService().stats()
    waiting = _needs(systems, facts, stats, now)
    is_fresh = stats.total == 0 and not any(standing.recent for standing in systems)
    return render_template(
        "dashboard/_overview.html" if wants_fragment() else "dashboard/overview.html",
        now=now,
        needs=waiting[:A_HANDFUL],
        needs_count=len(waiting),
        steps=first_steps(systems) if is_fresh else (),
        systems=systems,
        facts=facts,
        strips=strips(session, [standing.key for standing in systems], now=now),
        stats=stats,
        **_charts(session, stats, now),
        latest=change_rows(activity(session, ActivityFilter(), limit=LATEST)),
    )


@bp.get("/open")
@requires_role("viewer")
def open_needs() -> ResponseReturnValue:
    """Show everything that waits for a person, where the overview has room for a handful."""
    now = utcnow()
    systems, facts = standings(db.session(), now=now), schedule_facts(db.session())
    stats = ProductCatalogService().stats()
    return render_template("dashboard/open.html", needs=_needs(systems, facts, stats, now))


@bp.get("/ending")
@requires_role("viewer")
def ending() -> ResponseReturnValue:
    """Show the products on sale whose validity ends this month."""
    products = ending_products(db.session(), utcnow(), limit=MAX_ENDING)
    return render_template("dashboard/ending.html", products=products, term=term)


def _needs(
    systems: Sequence[SystemStanding], facts: Mapping[str, ScheduleFacts], stats: CatalogStats, now: datetime
) -> list[Need]:
    return needs(db.session(), Seen(systems, facts, stats.by_sync_state, now))


def _charts(session: Session, stats: CatalogStats, now: datetime) -> dict[str, Any]:
    today, since, begins = now.date(), first_moment(now), history_begins(session)
    days = last_days(session, stats, now=now)
    applied = applied_by_syncs(session, since)
    active = of_level(days)
    by_people = daily(changes_by_people(session, since), today=today, begins=begins)
    by_syncs = daily(applied.by_day, today=today, begins=begins)
    return {
        "days": days,
        "active": active,
        "active_chart": line_chart(active.by_day, days=active.axis, is_level=True),
        "by_people": by_people,
        "people_chart": line_chart(by_people.by_day, days=by_people.axis),
        "by_syncs": by_syncs,
        "syncs_chart": line_chart(by_syncs.by_day, days=by_syncs.axis),
        "runs": applied.runs,
    }
