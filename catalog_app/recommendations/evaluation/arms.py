"""What became of the customers of each arm, and what offers bring beside none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.proportions import Arm, Comparison
from catalog_app.recommendations.evaluation.found import ArmRate
from catalog_app.recommendations.models import ACCEPTED, Decision, FeedbackEvent
from catalog_app.recommendations.scoring.arms import ARMS, SILENT

MOST_DECISIONS: Final = 200_000

Month = tuple[str, int, int]
"""A customer in a month: what is dealt to an arm."""


@dataclass
class _Side:
    decisions: int = 0
    months: dict[Month, datetime] = field(default_factory=dict)
    """When each was first decided about."""


def arm_rates(session: Session, since: datetime, until: datetime) -> tuple[ArmRate, ...]:
    """Return what became of each arm in a time, by its newest decisions where there are very many.

    Whoever was dealt to an arm counts in it, whatever was shown, and whatever they accept after their first decision of
    the month counts, offered or not: that is the same question for those who were offered nothing.
    """
    sides = _sides(session, since, until)
    moments = [at for side in sides.values() for at in side.months.values()]
    accepted = _acceptances(session, min(moments), until) if moments else {}
    return tuple(
        ArmRate(arm, side.decisions, len(side.months), _accepting(side.months, accepted)) for arm, side in sides.items()
    )


def uplift(arms: Iterable[ArmRate]) -> Comparison | None:
    """Return customers who were made offers beside the silent arm; None as long as one of the two is empty."""
    target, control = Arm(0, 0), Arm(0, 0)
    for one in arms:
        if one.arm == SILENT:
            control = Arm(one.customers, one.accepted)
        else:
            target = Arm(target.customers + one.customers, target.accepted + one.accepted)
    return Comparison(target, control) if target.customers and control.customers else None


def _sides(session: Session, since: datetime, until: datetime) -> Mapping[str, _Side]:
    query = select(Decision.customer, Decision.arm, Decision.decided_at).where(
        Decision.decided_at >= since, Decision.decided_at < until, Decision.arm.in_(ARMS), Decision.eligible > 0
    )
    newest = query.order_by(Decision.id.desc()).limit(MOST_DECISIONS)
    found = {arm: _Side() for arm in ARMS}
    dealt: dict[Month, str] = {}
    for customer, arm, at in reversed(session.execute(newest).all()):
        if customer is None:
            found[str(arm)].decisions += 1
            continue
        # Where the shares were changed during a month, a customer stays where they began.
        month = (customer, at.year, at.month)
        side = found[dealt.setdefault(month, str(arm))]
        side.decisions += 1
        side.months.setdefault(month, at)
    return {arm: side for arm, side in found.items() if side.decisions}


def _acceptances(session: Session, since: datetime, until: datetime) -> Mapping[Month, datetime]:
    """Return when each customer accepted something last, month by month."""
    query = select(FeedbackEvent.customer, FeedbackEvent.occurred_at).where(
        FeedbackEvent.occurred_at >= since, FeedbackEvent.occurred_at < until, FeedbackEvent.event == ACCEPTED
    )
    rows: Sequence[tuple[str, datetime]] = session.execute(query.order_by(FeedbackEvent.occurred_at)).all()
    return {(customer, at.year, at.month): at for customer, at in rows}


def _accepting(months: Mapping[Month, datetime], accepted: Mapping[Month, datetime]) -> int:
    return sum(month in accepted and accepted[month] >= first for month, first in months.items())
