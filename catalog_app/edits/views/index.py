"""The plans, the newest first."""

from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.core.htmx import wants_fragment
from catalog_app.edits.states import STATUSES, is_going_on
from catalog_app.edits.views.blueprint import bp, edits

PLANS_A_PAGE = 25
MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class PlanList:
    """What the address asks of the list of plans."""

    status: str | None
    before: int | None

    def url(self, before: int | None = None) -> str:
        return url_for("edits.index", status=self.status, before=before)


@bp.get("/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    wanted = _wanted()
    found = edits().plans(status=wanted.status, before_id=wanted.before, limit=PLANS_A_PAGE + 1)
    plans = found[:PLANS_A_PAGE]
    return render_template(
        "edits/_index.html" if wants_fragment() else "edits/index.html",
        plans=plans,
        wanted=wanted,
        statuses=STATUSES,
        newest=wanted.url() if wanted.before else None,
        older=wanted.url(plans[-1].id) if len(found) > PLANS_A_PAGE else None,
        is_busy=any(is_going_on(plan) for plan in plans),
    )


def _wanted() -> PlanList:
    """Return what is asked for; whatever is no state or place is passed over."""
    status, before = request.args.get("status"), request.args.get("before", type=int)
    return PlanList(
        status=status if status in STATUSES else None,
        before=min(before, MAX_ID) if before and before > 0 else None,
    )
