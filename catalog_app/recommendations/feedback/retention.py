"""Events are kept for a time, from the moment at which they came in: a history from elsewhere may be old."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.retention import Over, over
from catalog_app.core.wiring import settings
from catalog_app.recommendations.models import FeedbackEvent

A_STEP: Final = 2_000
"""How many events are forgotten in one transaction: other writers wait no longer than that."""


def due() -> Mapping[str, Over]:
    """Return what `purge` would delete now."""
    kept_for = timedelta(days=settings().decision_retention_days)
    return {"events": over(FeedbackEvent, kept_for, FeedbackEvent.received_at < utcnow() - kept_for)}


def purge(now: datetime | None = None) -> Mapping[str, int]:
    """Delete the events that came in longer ago than the settings keep them. Safe to call at any time, by several."""
    old = (now or utcnow()) - timedelta(days=settings().decision_retention_days)
    # They are numbered as they came in, so the oldest stand first and the walk ends where one is to be kept.
    oldest = select(FeedbackEvent.id, FeedbackEvent.received_at).order_by(FeedbackEvent.id).limit(A_STEP)
    session, gone = db.session(), 0
    while True:
        session.rollback()
        ids = [number for number, received_at in session.execute(oldest) if received_at < old]
        if not ids:
            return {"events": gone}
        with writing() as transaction:
            transaction.execute(delete(FeedbackEvent).where(FeedbackEvent.id.in_(ids)))
        gone += len(ids)
