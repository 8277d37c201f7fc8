"""Decisions are kept for a time, and the sets of candidates as long as a decision may refer to them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.retention import Over, over
from catalog_app.core.wiring import settings
from catalog_app.recommendations.models import CandidateSet, Decision

USED_AGAIN: Final = timedelta(days=1)
"""A set of candidates is said to be in use once in so long, not with each decision."""
A_STEP: Final = 2_000
"""How many are forgotten in one transaction: other writers wait no longer than that."""


def purge(now: datetime | None = None) -> Mapping[str, int]:
    """Delete the decisions that are older than the settings keep them. Safe to call at any time, by several at once."""
    old = (now or utcnow()) - timedelta(days=settings().decision_retention_days)
    # A set is said to be in use once a day, so its last decision may be a day younger than that.
    unused = old - USED_AGAIN
    return {
        "decisions": _purged(Decision.id, Decision.decided_at, old),
        "candidate_sets": _purged(CandidateSet.hash, CandidateSet.last_used, unused),
    }


def due() -> Mapping[str, Over]:
    """Return what `purge` would delete now."""
    kept_for = timedelta(days=settings().decision_retention_days)
    old = utcnow() - kept_for
    return {
        "decisions": over(Decision, kept_for, Decision.decided_at < old),
        "candidate_sets": over(CandidateSet, kept_for + USED_AGAIN, CandidateSet.last_used < old - USED_AGAIN),
    }


def _purged(key: Any, at: Any, old: datetime) -> int:
    session, gone = db.session(), 0
    while True:
        session.rollback()
        keys = session.scalars(select(key).where(at < old).limit(A_STEP)).all()
        if not keys:
            return gone
        with writing() as transaction:
            # Asked once more while nobody else writes: a set may have come into use again.
            transaction.execute(delete(key.class_).where(key.in_(keys), at < old))
        gone += len(keys)
