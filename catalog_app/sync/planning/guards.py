"""Guards: when a plan must wait for a person. Each says what would happen, against its limit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any, Self, TypedDict

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.products.changes import quota_left
from catalog_app.products.models import Product
from catalog_app.products.schema import stored_value
from catalog_app.sync.models import CONFLICT, RETRY, UPDATE, WITHDRAW, SyncChange, SyncRun
from catalog_app.sync.planning.held_words import sentence
from catalog_app.sync.planning.plan import in_chunks

__all__ = ["Guards", "HeldFigures", "reasons_to_hold", "sentence"]

OFFERED = {"lifecycle_status": "launched", "is_available": True, "missing_since": None, "deleted_at": None}
"""What a product must be to be offered, as far as a source can change it; its window and its quota count as well."""


@dataclass(frozen=True)
class Guards:
    """How much of a system one run may change by itself, in percent."""

    max_withdraw_percent: float = 10
    max_change_percent: float = 50
    max_reject_percent: float = 20

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Return the guards of a system, the usual ones where its settings say nothing."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in settings.items() if name in known and value is not None})


class HeldFigures(TypedDict):
    """What one guard found: how many of how many, in percent, against its limit; guards.sentence puts it into words."""

    guard: str
    count: int
    of: int
    percent: float | None
    limit: float | None


def reasons_to_hold(
    session: Session, run: SyncRun, guards: Guards, *, absent: Sequence[int] = (), now: datetime | None = None
) -> list[HeldFigures]:
    """Return what each guard that holds the plan has found; nothing means that it may be applied.

    `absent` are products that the listing does not show either, but that are not due: the plan leaves them, yet they
    tell as much of a listing that is only half there as those that it withdraws.
    """
    # What is tried again was rejected before: that most of it is rejected again tells nothing new of the source.
    tried = 0 if run.origin == RETRY else run.fetched
    rejected = _over("reject", run.rejected, lambda: tried, guards.max_reject_percent)
    if not _has_products(session, run):
        # The first sync of a system has nothing to lose, so its size holds nothing back.
        return [*rejected]
    now = now or utcnow()
    products, offered = partial(_count, session, run), partial(_count, session, run, *_is_offered(now))
    lost = _no_longer_offered(session, run, now)
    if lost:
        lost += sum(_count(session, run, Product.id.in_(ids), *_is_offered(now)) for ids in in_chunks(absent))
    return [
        *_empty(run, products),
        *_over("withdraw", lost, offered, guards.max_withdraw_percent),
        *_over("change", run.updated, products, guards.max_change_percent),
        *rejected,
    ]


def _has_products(session: Session, run: SyncRun) -> bool:
    return session.execute(select(Product.id).where(*_is_living(run)).limit(1)).first() is not None


def _count(session: Session, run: SyncRun, *conditions: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(Product).where(*_is_living(run), *conditions)
    return session.execute(counted).scalar_one()


def _is_living(run: SyncRun) -> tuple[ColumnElement[bool], ...]:
    return (Product.external_system == run.external_system, Product.deleted_at.is_(None))


def _is_offered(now: datetime) -> Iterator[ColumnElement[bool]]:
    for field, wanted in OFFERED.items():
        yield getattr(Product, field).is_not_distinct_from(wanted)
    yield or_(Product.valid_from.is_(None), Product.valid_from <= now)
    yield or_(Product.valid_to.is_(None), Product.valid_to > now)
    yield or_(Product.quota_left.is_(None), Product.quota_left > 0)


def _no_longer_offered(session: Session, run: SyncRun, now: datetime) -> int:
    """Count the offered products that the plan takes off sale, for whatever reason.

    A conflict about the lifecycle does too: the product is held until somebody settles it.
    """
    rows = session.connection().execute(
        select(SyncChange.after, SyncChange.conflicts, Product.quota_total, Product.quota_left)
        .join(Product, Product.id == SyncChange.product_id)
        .where(SyncChange.run_id == run.id, SyncChange.kind.in_((UPDATE, WITHDRAW, CONFLICT)), *_is_offered(now))
        .execution_options(yield_per=1000),
    )
    return sum(_is_lost(row, now) for row in rows)


def _is_lost(row: Row[Any], now: datetime) -> bool:
    after: dict[str, Any] = row.after or {}
    if "lifecycle_status" in (row.conflicts or {}):
        return True
    if any(field in after and after[field] != wanted for field, wanted in OFFERED.items()):
        return True
    begins, ends = (stored_value(field, after.get(field)) for field in ("valid_from", "valid_to"))
    if (begins is not None and begins > now) or (ends is not None and ends <= now):
        return True
    return "quota_total" in after and quota_left(row.quota_total, row.quota_left, after["quota_total"]) == 0


def _empty(run: SyncRun, products: Callable[[], int]) -> Iterator[HeldFigures]:
    # Where only changes were asked for, or what was rejected is tried again, nothing at all is an ordinary answer.
    if run.fetched == 0 and run.since is None and run.origin != RETRY:
        yield HeldFigures(guard="empty", count=0, of=products(), percent=None, limit=None)


def _over(guard: str, count: int, among: Callable[[], int], limit: float) -> Iterator[HeldFigures]:
    # None of them is never too many, and counting all products takes longer than anything else here.
    of = among() if count else 0
    if of and count * 100 > limit * of:
        yield HeldFigures(guard=guard, count=count, of=of, percent=round(count * 100 / of, 1), limit=limit)
