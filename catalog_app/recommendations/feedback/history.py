"""The history that models learn from: events and decisions as impressions and customers, read in one pass.

Memory is bounded by how much is read: at most MOST_EVENTS, the newest. Equal features are kept once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import driver_batches, is_postgresql
from catalog_app.core.reader import moment_of
from catalog_app.recommendations.features import customer_features
from catalog_app.recommendations.feedback.impressions import Event, Features, Impression, Past, past_of
from catalog_app.recommendations.models import FeedbackEvent

MOST_EVENTS: Final = 1_000_000
ENOUGH_EVENTS: Final = 100_000
"""A window that holds fewer goes back until it holds as many: little is learned from few, however new they are."""
_A_READ: Final = 5_000
_MOST_FEATURES_KEPT: Final = 200_000
_CLOSED: Final = 0.8
_LATE: Final = 0.95
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """The events that are learned from: from `since` on and before `until`, both of them times of events.

    That a customer holds a product is learned from `held_since` on: it is true until something else is told.
    """

    since: datetime
    until: datetime
    held_since: datetime


@dataclass(frozen=True)
class History:
    """What happened: every impression with the place of its customer, in the order of time, and the customers.

    The order is that of moments and of the events' own ids, whatever the database and the hash of a customer.
    """

    window: Window
    pasts: Sequence[Past]
    impressions: Sequence[Impression]
    customers: Sequence[int]
    left_out: int
    """Impressions that are too new for their answers to be known."""

    @property
    def acceptances(self) -> int:
        return sum(one.accepted for one in self.impressions)

    @property
    def holders(self) -> int:
        """How many customers hold something."""
        return sum(bool(past.owned[-1]) for past in self.pasts)


def window_of(session: Session, *, until: datetime | None, days: int) -> Window | None:
    """Return what is to be learned from: the days before `until`, or before the newest event where that is older.

    It goes further back where it would hold fewer than ENOUGH_EVENTS, and less far where it would hold more than
    MOST_EVENTS. None where nothing had happened by then.
    """
    at = FeedbackEvent.occurred_at
    before = [at < until] if until is not None else []
    newest = session.scalar(select(func.max(at)).where(*before))
    if newest is None:
        return None
    ordered = select(at).where(*before).order_by(at.desc(), FeedbackEvent.id.desc())
    enough, most = (session.scalar(ordered.offset(count - 1).limit(1)) for count in (ENOUGH_EVENTS, MOST_EVENTS))
    first = session.execute(select(func.min(at)).where(*before)).scalar_one()
    oldest = most or first
    since = max(min(newest - timedelta(days=days), enough or first), oldest)
    return Window(since, newest + timedelta(microseconds=1), oldest)


def read_history(connection: Connection, window: Window, *, within: timedelta) -> History:
    """Return what happened in the window; an answer belongs to an offer for `within` after it."""
    pasts = sorted(_pasts(connection, window, within.total_seconds()), key=lambda past: past.began)
    found = [
        (one.at, one.product_id, one.event_id, place, one)
        for place, past in enumerate(pasts)
        for one in past.impressions
    ]
    found.sort(key=itemgetter(0, 1, 2))
    horizon = _horizon([one[4] for one in found], within.total_seconds(), _seconds(window.until))
    kept = [one for one in found if one[0] < horizon]
    return History(window, pasts, [one[4] for one in kept], [one[3] for one in kept], len(found) - len(kept))


def _horizon(impressions: Sequence[Impression], within: float, until: float) -> float:
    """Return the moment from which on impressions are too new to be learned from.

    Of those who take an offer, nearly all (19 of 20) do so within a time that the data tell. What was shown later than
    that before the end may still be taken: it is left out, with what was answered there already, since to keep only
    the quick answers would make new offers look better than they are. But only if four fifths of all remain; else an
    offer without an answer counts as not taken.
    """
    waits = sorted(one.answered - one.at for one in impressions if one.was_shown and one.accepted and one.answered)
    if not waits:
        return until
    horizon = until - min(waits[int(_LATE * (len(waits) - 1))], within)
    newer = [one for one in impressions if one.at >= horizon]
    if len(newer) > (1 - _CLOSED) * len(impressions) or all(one.answered is not None for one in newer):
        return until
    return horizon


def _pasts(connection: Connection, window: Window, within: float) -> Iterator[Past]:
    reading = _Features()
    rows = (row for batch in _batches(connection, window) for row in batch)
    for _, of_customer in groupby(rows, key=itemgetter(0)):
        yield past_of([_event(row, reading) for row in of_customer], within)


def _event(row: Sequence[Any], reading: "_Features") -> Event:
    _, product_id, kind, at, event_id, features, owned, decision_id = row
    return Event(
        _seconds(moment_of(at)) if isinstance(at, str) else at,
        kind,
        event_id,
        product_id,
        None if features is None else reading.of(features),
        None if owned is None else orjson.loads(owned),
        decision_id,
    )


class _Features:
    """Reads features, and keeps equal ones once: a customer tells the same again and again."""

    def __init__(self) -> None:
        self._kept: dict[str, Features] = {}

    def of(self, text: str) -> Features:
        found = self._kept.get(text)
        if found is None:
            if len(self._kept) >= _MOST_FEATURES_KEPT:
                self._kept.clear()
            found = self._kept[text] = customer_features(orjson.loads(text))
        return found


def _batches(connection: Connection, window: Window) -> Iterator[list[tuple[Any, ...]]]:
    moments = [_stored(connection, moment) for moment in (window.held_since, window.until, window.since)]
    statement = _POSTGRESQL if is_postgresql(connection) else _SQLITE
    return driver_batches(connection, statement, moments, _A_READ)


def _stored(connection: Connection, moment: datetime) -> Any:
    return (
        moment
        if is_postgresql(connection)
        else moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    )


def _seconds(moment: datetime) -> float:
    return (moment - _EPOCH).total_seconds()


_READ: Final = """
    SELECT event.customer, event.product_id, event.event, {at}, event.event_id,
           {features}, {owned}, event.decision_id
      FROM nbo_event AS event LEFT JOIN nbo_decision AS decision ON decision.id = event.decision_id
     WHERE event.occurred_at >= {place} AND event.occurred_at < {place}
       AND (event.occurred_at >= {place} OR event.event = 'held')
     ORDER BY event.customer, event.product_id, event.occurred_at
"""
"""What was told with an event counts, else what its decision was asked with."""
_SQLITE: Final = _READ.format(
    at="event.occurred_at",
    features="COALESCE(event.features, decision.features)",
    owned="COALESCE(event.owned, decision.owned)",
    place="?",
)
_POSTGRESQL: Final = _READ.format(
    at="EXTRACT(EPOCH FROM event.occurred_at)::float8",
    features="COALESCE(event.features, decision.features)::text",
    owned="COALESCE(event.owned, decision.owned)::text",
    place="%s",
)
