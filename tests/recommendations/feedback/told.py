"""Telling what happened, as a program does, without the HTTP in between."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.recommendations.feedback.events import told_of
from catalog_app.recommendations.feedback.recording import Settled, record
from catalog_app.recommendations.models import Decision
from tests.products.factories import saved

LONG_AGO = datetime(2021, 3, 1, 12, tzinfo=UTC)


def products(count: int, **fields: Any) -> list[int]:
    """Save so many launched products and return their numbers."""
    with writing() as session:
        return [saved(session, name=f"Product {number}", **fields).id for number in range(count)]


def event(number: int | str, product_id: int, kind: str = "shown", **fields: Any) -> dict[str, Any]:
    return {"event_id": f"e{number}", "customer_id": "C-1", "product_id": product_id, "event": kind, **fields}


def tell(*events: Any, now: datetime | None = None) -> list[Settled]:
    moment = now or utcnow()
    return record(told_of(list(events), now=moment), now=moment)


def statuses(settled: Sequence[Settled]) -> list[str]:
    return [one.status for one in settled]


def at(days: float) -> str:
    """Return the moment so many days after LONG_AGO, as JSON writes it."""
    return (LONG_AGO + timedelta(days=days)).isoformat()


def decided(customer: str | None, product_ids: Sequence[int], moment: datetime, **fields: Any) -> int:
    """Write a decision that offered these products, and return its number."""
    offers = [{"product_id": number, "rank": rank} for rank, number in enumerate(product_ids, 1)]
    plain: dict[str, Any] = {
        "features": None, "owned": None, "channel": None, "context": None, "candidate_set": "0" * 32, "basis": "value",
        "eligible": len(offers), "seed": 0, "probability": 1.0,
    }  # fmt: skip
    with writing() as session:
        decision = Decision(customer=customer, decided_at=moment, offers=offers, **{**plain, **fields})
        session.add(decision)
        session.flush()
        number = decision.id
    db.session.remove()
    return number
