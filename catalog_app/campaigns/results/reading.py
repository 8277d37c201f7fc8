"""The figures of a campaign, counted from its deliveries: one answer for its page and for programs.

Tests count for nothing. A customer counts once, whatever was sent how often: messages are counted in messages, and
rates in customers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import CANCELLED, CONTROL, REFUSED, SENT, Delivery
from catalog_app.campaigns.trial import is_counted
from catalog_app.core.proportions import Arm, Comparison

ANSWERS: Final = ("delivered", "clicked", "accepted", "declined")
"""What feedback tells of a delivery, in the order in which it happens."""

_UNKNOWN: Final = "unknown"
_COLUMNS: Final[Mapping[str, Any]] = {name: getattr(Delivery, f"{name}_at") for name in ANSWERS}
_WAS_ANSWERED: Final = or_(*(column.is_not(None) for column in _COLUMNS.values()))
# What was answered has arrived, whether or not the engine has told that it was sent.
IS_TOLD: Final = and_(Delivery.status != CONTROL, or_(Delivery.status == SENT, _WAS_ANSWERED))
"""The condition of deliveries that reached somebody."""
_IS_CONTROL: Final = Delivery.status == CONTROL


@dataclass(frozen=True)
class Reach:
    """What became of the messages through one channel in one language, in messages."""

    channel: str | None
    language: str | None
    sent: int
    answers: Mapping[str, int]


@dataclass(frozen=True)
class Results:
    """What a campaign came to until now.

    `by_status`: deliveries by their state; `refused`: by the code of the first reason; `cancelled` alike. `moved` is
    how many customers were in control first and told later, or the other way, because the share of control was
    changed: they are on no side. `by_day` holds what was triggered on a day (UTC) and sent, and of that accepted.
    """

    by_status: Mapping[str, int]
    refused: Mapping[str, int]
    cancelled: Mapping[str, int]
    reaches: Sequence[Reach]
    comparison: Comparison
    moved: int
    sent_by_day: Mapping[date, int]
    accepted_by_day: Mapping[date, int]
    tests: int
    begins: date | None

    @property
    def triggered(self) -> int:
        return sum(self.by_status.values())

    @property
    def sent(self) -> int:
        return sum(reach.sent for reach in self.reaches)

    @property
    def answers(self) -> Mapping[str, int]:
        return {name: sum(reach.answers[name] for reach in self.reaches) for name in ANSWERS}


def results_of(session: Session, campaign_id: int) -> Results:
    """Return the results of a campaign. Five queries, each over the deliveries of this campaign alone."""
    statuses = by_status(session, campaign_id)
    comparison, moved = _compared(session, campaign_id)
    days = _by_day(session, campaign_id)
    return Results(
        by_status=statuses,
        refused=_by_reason(session, campaign_id, REFUSED) if statuses.get(REFUSED) else {},
        cancelled=_by_reason(session, campaign_id, CANCELLED) if statuses.get(CANCELLED) else {},
        reaches=_reaches(session, campaign_id),
        comparison=comparison,
        moved=moved,
        sent_by_day={day: sent for day, (sent, _) in days.items() if sent},
        accepted_by_day={day: accepted for day, (_, accepted) in days.items() if accepted},
        tests=_tests(session, campaign_id),
        begins=min(days, default=None),
    )


def by_status(session: Session, campaign_id: int, *, with_tests: bool = False) -> dict[str, int]:
    """Return how many deliveries are in each state. One query, on the index that the list is read by."""
    counted = Delivery.campaign_id == campaign_id if with_tests else _of(campaign_id)
    query = select(Delivery.status, func.count()).where(counted).group_by(Delivery.status)
    return {row[0]: row[1] for row in session.execute(query)}


def _of(campaign_id: int) -> ColumnElement[bool]:
    return and_(Delivery.campaign_id == campaign_id, is_counted())


def _by_reason(session: Session, campaign_id: int, status: str) -> dict[str, int]:
    """Return how many deliveries the first reason speaks against, the most frequent first."""
    code = Delivery.reasons[(0, "code")].as_string()
    query = select(code, func.count()).where(_of(campaign_id), Delivery.status == status).group_by(code)
    found = Counter({found or _UNKNOWN: count for found, count in session.execute(query)})
    return dict(found.most_common())


def _compared(session: Session, campaign_id: int) -> tuple[Comparison, int]:
    """Return both sides in customers, and how many customers have been on both and so are on none."""
    accepted = Delivery.accepted_at.is_not(None)
    one = (
        select(
            _any(IS_TOLD).label("told"),
            _any(_IS_CONTROL).label("held_out"),
            _any(accepted).label("accepted"),
        )
        .where(_of(campaign_id), or_(_IS_CONTROL, IS_TOLD))
        .group_by(Delivery.customer)
        .subquery()
    )
    query = select(one.c.told, one.c.held_out, func.count(), func.sum(one.c.accepted)).group_by(
        one.c.told, one.c.held_out
    )
    sides = {(told, held_out): Arm(count, int(taken)) for told, held_out, count, taken in session.execute(query)}
    none = Arm(0, 0)
    return Comparison(sides.get((1, 0), none), sides.get((0, 1), none)), sides.get((1, 1), none).customers


def _reaches(session: Session, campaign_id: int) -> list[Reach]:
    answered = [func.sum(_one_if(column.is_not(None))) for column in _COLUMNS.values()]
    query = (
        select(Delivery.channel, Delivery.language, func.count(), *answered)
        .where(_of(campaign_id), IS_TOLD)
        .group_by(Delivery.channel, Delivery.language)
        .order_by(func.count().desc(), Delivery.channel, Delivery.language)
    )
    return [
        Reach(channel, language, sent, dict(zip(ANSWERS, map(int, counted), strict=True)))
        for channel, language, sent, *counted in session.execute(query)
    ]


def _by_day(session: Session, campaign_id: int) -> dict[date, tuple[int, int]]:
    day = func.date(Delivery.created_at)
    accepted = and_(IS_TOLD, Delivery.accepted_at.is_not(None))
    query = (
        select(day, func.sum(_one_if(IS_TOLD)), func.sum(_one_if(accepted)))
        .where(_of(campaign_id))
        .group_by(day)
        .order_by(day)
    )
    # SQLite answers with text, PostgreSQL with a date.
    return {date.fromisoformat(str(on)): (int(sent), int(taken)) for on, sent, taken in session.execute(query)}


def _tests(session: Session, campaign_id: int) -> int:
    return session.scalar(select(func.count()).where(Delivery.campaign_id == campaign_id, ~is_counted())) or 0


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(_one_if(condition))
