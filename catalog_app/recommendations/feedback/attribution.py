"""Which decision or delivery an event answers: the one that it names, else the newest that fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import json_text
from catalog_app.core.errors import Sentence
from catalog_app.core.json_sql import is_among_sent
from catalog_app.recommendations.feedback.deliveries import Delivered
from catalog_app.recommendations.feedback.events import CLOCKS_DIFFER, Told
from catalog_app.recommendations.models import HELD, Decision

_decision: Final = Decision.metadata.tables[Decision.__tablename__].c
_COLUMNS: Final = (_decision.id, _decision.customer, _decision.decided_at, _decision.channel, _decision.offers)


@dataclass(frozen=True, slots=True)
class Attribution:
    """What an event answers; `channel` is the one that the offer was asked for. `errors` where it names what it is not."""

    decision_id: int | None = None
    delivery_id: int | None = None
    channel: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """A decision: for whom (None: nobody said), when, and which products it offered."""

    number: int
    customer: str | None
    at: datetime
    channel: str | None
    products: frozenset[int]

    @classmethod
    def of(cls, row: Any) -> "_Known":
        return cls(row.id, row.customer, row.decided_at, row.channel, frozenset(o["product_id"] for o in row.offers))

    def fits(self, customer: str, product_id: int) -> bool:
        return self.customer in (None, customer) and product_id in self.products


def attributed(
    session: Session, events: Sequence[tuple[str, Told]], delivered: Mapping[int, Delivered], *, within: timedelta
) -> list[Attribution]:
    """Return what each event of a customer (a hash) answers. Two queries, however many events there are.

    `delivered` are the deliveries that events name, as far as they were sent.
    An event that names a decision or a delivery belongs to that, whenever it was made, or is at fault; others belong
    to the newest decision that offered this product to this customer in the time before, and to none where there is
    no such decision.
    """
    named = _named(session, {told.decision_id for _, told in events if told.decision_id is not None})
    open_events = [one for one in events if _is_open(one[1])]
    newest = _newest(session, open_events, within)
    found = []
    for customer, told in events:
        errors = {**_unlike_decision(customer, told, named), **_unlike_delivery(customer, told, delivered)}
        if errors:
            found.append(Attribution(errors=errors))
        elif not _is_open(told):
            known = named.get(told.decision_id or 0)
            channel = None if known is None else known.channel
            found.append(Attribution(told.decision_id, told.delivery_id, channel))
        else:
            match = _match(newest.get(customer, ()), told, within)
            found.append(Attribution() if match is None else Attribution(match.number, channel=match.channel))
    return found


def _is_open(told: Told) -> bool:
    return told.decision_id is None and told.delivery_id is None


def _named(session: Session, ids: set[int]) -> dict[int, _Known]:
    if not ids:
        return {}
    return {row.id: _Known.of(row) for row in session.execute(select(*_COLUMNS).where(_decision.id.in_(sorted(ids))))}


def _newest(session: Session, events: Sequence[tuple[str, Told]], within: timedelta) -> dict[str, list[_Known]]:
    """Return the decisions that the events may answer, by customer, the newest first."""
    offers = [(customer, told.at) for customer, told in events if told.event != HELD]
    if not offers:
        return {}
    asked = {
        "keys": json_text(sorted({customer for customer, _ in offers})),
        "since": min(at for _, at in offers) - within,
        "until": max(at for _, at in offers) + CLOCKS_DIFFER,
    }
    found: dict[str, list[_Known]] = {}
    for row in session.execute(_NEWEST, asked):
        found.setdefault(row.customer, []).append(_Known.of(row))
    return found


def _match(decisions: Sequence[_Known], told: Told, within: timedelta) -> _Known | None:
    if told.event == HELD:
        return None
    latest, earliest = told.at + CLOCKS_DIFFER, told.at - within
    fitting = (one for one in decisions if earliest < one.at <= latest and told.product_id in one.products)
    return next(fitting, None)


def _unlike_decision(customer: str, told: Told, named: Mapping[int, _Known]) -> dict[str, str]:
    if told.decision_id is None:
        return {}
    known = named.get(told.decision_id)
    if known is None:
        return {"decision_id": Sentence("There is no decision %(number)s.", number=told.decision_id)}
    if not known.fits(customer, told.product_id):
        words = "Decision %(number)s did not offer this product to this customer."
        return {"decision_id": Sentence(words, number=told.decision_id)}
    return {}


def _unlike_delivery(customer: str, told: Told, delivered: Mapping[int, Delivered]) -> dict[str, str]:
    if told.delivery_id is None:
        return {}
    known = delivered.get(told.delivery_id)
    if known is None:
        return {"delivery_id": Sentence("No delivery %(number)s was sent.", number=told.delivery_id)}
    if known != Delivered(customer, told.product_id):
        words = "Delivery %(number)s did not offer this product to this customer."
        return {"delivery_id": Sentence(words, number=told.delivery_id)}
    return {}


_NEWEST: Final = (
    select(*_COLUMNS)
    .where(
        is_among_sent(_decision.customer, "keys"),
        _decision.decided_at > bindparam("since"),
        _decision.decided_at <= bindparam("until"),
    )
    .order_by(_decision.decided_at.desc(), _decision.id.desc())
)
