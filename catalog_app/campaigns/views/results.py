"""The results of a campaign: what became of its messages, and whether they made a difference."""

from flask import render_template
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.campaigns.results import words
from catalog_app.campaigns.results.charts import difference_chart, sides_chart
from catalog_app.campaigns.results.reading import ANSWERS, results_of
from catalog_app.campaigns.views.blueprint import bp, campaigns
from catalog_app.core.charts import line_chart
from catalog_app.core.clock import utcnow
from catalog_app.core.daily import daily
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment


@bp.get("/<int:campaign_id>/results")
@requires_role("viewer")
def results(campaign_id: int) -> ResponseReturnValue:
    campaign = campaigns().get(campaign_id)
    found, today = results_of(db.session(), campaign_id), utcnow().date()
    sent = daily(found.sent_by_day, today=today, begins=found.begins)
    accepted = daily(found.accepted_by_day, today=today, begins=found.begins)
    return render_template(
        "campaigns/_results.html" if wants_fragment() else "campaigns/results.html",
        campaign=campaign,
        found=found,
        comparison=found.comparison,
        verdict=words.verdict(found.comparison),
        sides=sides_chart(found.comparison),
        difference=difference_chart(found.comparison),
        sent=sent,
        sent_chart=line_chart(sent.by_day, days=sent.axis),
        accepted=accepted,
        accepted_chart=line_chart(accepted.by_day, days=accepted.axis),
        answers=ANSWERS,
        words=words,
    )
