"""Reading the decision log: the newest first, one decision with what became of it, and all of it as rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from catalog_app.core.cursor import SortKey
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.core.paging import Page, page
from catalog_app.recommendations.decisions.filters import DecisionFilters
from catalog_app.recommendations.models import ACCEPTED, CLICKED, DECLINED, SHOWN, CandidateSet, Decision, FeedbackEvent

NEWEST_FIRST: Final = (
    SortKey("decided_at", Decision.decided_at, descending=True),
    SortKey("id", Decision.id, descending=True),
)
"""So a time, and a customer, are found by their index, however much was decided since."""
MOST_EVENTS: Final = 200
A_READ: Final = 1_000
TELLING: Final = (ACCEPTED, DECLINED, CLICKED, SHOWN)
"""The events that tell what became of a decision, those that say most first."""


def search(session: Session, filters: DecisionFilters, *, limit: int, cursor: str | None = None) -> Page[Decision]:
    """Return a page of the log, without features and holdings; page 10,000 costs what page 1 does."""
    return page(session, filters.narrow(select(Decision)), NEWEST_FIRST, limit, cursor)


def found(session: Session, decision_id: int) -> Decision:
    """Return a decision with all that it rests on, or raise NotFoundError."""
    query = select(Decision).where(Decision.id == decision_id)
    whole = query.options(undefer(Decision.features), undefer(Decision.owned))
    decision = session.scalars(whole).one_or_none()
    if decision is None:
        raise NotFoundError(Sentence("There is no decision %(number)s.", number=decision_id))
    return decision


def events_of(session: Session, decision: Decision) -> Sequence[FeedbackEvent]:
    """Return what was told of a decision, the oldest first: what names it, or was found to belong to it."""
    query = select(FeedbackEvent).where(FeedbackEvent.decision_id == decision.id)
    return session.scalars(query.order_by(FeedbackEvent.occurred_at, FeedbackEvent.id).limit(MOST_EVENTS)).all()


def candidates_of(session: Session, decision: Decision) -> Sequence[int] | None:
    """Return the products that could have been offered, ascending; None where that is not kept any more."""
    from catalog_app.recommendations.decisions.candidate_sets import unpacked  # noqa: PLC0415  # numpy, for those who ask

    found = session.get(CandidateSet, decision.candidate_set)
    return None if found is None else unpacked(found.product_ids).tolist()


def everything(session: Session, filters: DecisionFilters) -> Iterator[Sequence[Decision]]:
    """Yield the whole log by thousands, the newest first; nothing is held between two of them."""
    last: int | None = None
    while True:
        query = filters.narrow(select(Decision)).order_by(Decision.id.desc()).limit(A_READ)
        rows = session.scalars(query if last is None else query.where(Decision.id < last)).all()
        if not rows:
            # Whoever reads a file to its end may be gone before anybody ends the transaction.
            session.rollback()
            return
        yield rows
        last = rows[-1].id
        session.rollback()
        session.expunge_all()


def answers(session: Session, decision_ids: Sequence[int]) -> Mapping[int, str]:
    """Return by decision the event that says most of what became of it; who answered nothing is not in it. One query."""
    told = select(FeedbackEvent.decision_id, FeedbackEvent.event).where(FeedbackEvent.decision_id.in_(decision_ids))
    rows = session.execute(told.where(FeedbackEvent.event.in_(TELLING)).distinct()).all()
    said = sorted(rows, key=lambda row: TELLING.index(row.event), reverse=True)
    return {row.decision_id: row.event for row in said}
