"""The figures of the overview that no other room has a page for. Every one is counted, none is made up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from catalog_app.products.models import Product
from catalog_app.sync.models import APPLIED, SyncRun


@dataclass(frozen=True)
class AppliedChanges:
    """What syncs wrote: changes by day, and in how many runs."""

    by_day: dict[date, int]
    runs: int


def applied_by_syncs(session: Session, since: datetime) -> AppliedChanges:
    """Return the changes that runs applied since then, by the day (UTC) on which they ended. One query."""
    day = func.date(SyncRun.finished_at)
    changed = func.sum(SyncRun.created + SyncRun.updated + SyncRun.withdrawn)
    query = select(day, changed, func.count()).where(SyncRun.status == APPLIED, SyncRun.finished_at >= since)
    rows = session.execute(query.group_by(day)).all()
    # SQLite answers with text, PostgreSQL with a date.
    return AppliedChanges(
        {date.fromisoformat(str(on)): int(sum_ or 0) for on, sum_, _ in rows}, sum(row[2] for row in rows)
    )


def missing_since(session: Session) -> datetime | None:
    """Return since when the product that is gone from its source for longest is missing."""
    query = select(func.min(Product.missing_since)).where(Product.deleted_at.is_(None), Product.sync_state == "missing")
    return session.scalar(query)


def ending_products(session: Session, now: datetime, *, limit: int) -> Sequence[Product]:
    """Return the offered products whose validity ends this month, the soonest first."""
    query = select(Product).where(*_ends_this_month(now)).order_by(Product.valid_to, Product.id).limit(limit)
    return session.scalars(query).all()


def ending_count(session: Session, now: datetime) -> int:
    """Return how many offered products end this month."""
    return session.execute(select(func.count()).select_from(Product).where(*_ends_this_month(now))).scalar_one()


@dataclass(frozen=True)
class OpenConflicts:
    """Products in conflict: how many, the fields that are, most often first, and since when the oldest waits."""

    products: int
    fields: tuple[tuple[str, int], ...]
    oldest: datetime | None


def open_conflicts(session: Session, products: int, *, limit: int = 500) -> OpenConflicts:
    """Return what is in conflict, with fields and age of the first `limit`; `products` is how many the counters say.

    One query, and none where there is no conflict.
    """
    conditions = (Product.deleted_at.is_(None), Product.sync_state == "conflict")
    fields: dict[str, int] = {}
    since: list[datetime] = []
    if products:
        for locks in session.scalars(select(Product.field_locks).where(*conditions).order_by(Product.id).limit(limit)):
            for field, lock in locks.items():
                if "theirs" in lock:
                    fields[field] = fields.get(field, 0) + 1
                    since += [datetime.fromisoformat(lock["theirs_since"])] if lock.get("theirs_since") else []
    counted = tuple(sorted(fields.items(), key=lambda item: (-item[1], item[0])))
    return OpenConflicts(products, counted, min(since, default=None))


def _ends_this_month(now: datetime) -> tuple[ColumnElement[bool], ...]:
    beginning = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (beginning + timedelta(days=32)).replace(day=1)
    return (
        Product.deleted_at.is_(None),
        Product.lifecycle_status == "launched",
        Product.missing_since.is_(None),
        Product.valid_to > now,
        Product.valid_to <= following,
    )
