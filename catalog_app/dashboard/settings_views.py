"""Settings: the index, and about."""

from flask import render_template
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.contacts.policy import policy_of
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.dashboard.about import about as what_runs_here
from catalog_app.dashboard.blueprint import bp
from catalog_app.events.webhooks.document import given_up
from catalog_app.products.segments import all_segments, undefined_segments
from catalog_app.recommendations.settings import settings_row
from catalog_app.sync.runs.standing import standings


@bp.get("/settings/")
@requires_role("viewer")
def settings() -> ResponseReturnValue:
    systems = standings(db.session(), now=utcnow())
    return render_template(
        "dashboard/settings.html",
        systems=systems,
        configured=sum(standing.setup.is_configured for standing in systems),
        segments=len(all_segments(db.session())),
        undefined=len(undefined_segments(db.session())),
        caps=len(policy_of(db.session()).caps),
        explores=bool(settings_row(db.session()).exploration.get("on")),
        dead=given_up(db.session()),
        faults=what_runs_here().faults,
    )


@bp.get("/settings/about")
@requires_role("viewer")
def about() -> ResponseReturnValue:
    return render_template("dashboard/about.html", about=what_runs_here())
