"""Guards: when a plan must wait for a person. Each says what would happen, against its limit."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from catalog_app.products.models import Product
from catalog_app.sync.models import CONFLICT, UPDATE, WITHDRAW, SyncChange, SyncRun

OFFERED = {"lifecycle_status": "launched", "is_available": True, "missing_since": None}
"""What a product must be to be offered, as far as a source can change it."""


@dataclass(frozen=True)
class Guards:
    """How much of a system one run may change by itself, in percent."""

    max_withdraw_percent: int = 10
    max_change_percent: int = 50
    max_reject_percent: int = 20


def reasons_to_hold(session: Session, run: SyncRun, label: str, guards: Guards) -> list[str]:
    """Return why the plan waits for approval, one sentence each; none means that it may be applied."""
    products = _count(session, run)
    if products == 0:
        # The first sync of a system has nothing to lose, so its size holds nothing back.
        return list(_rejected(run, guards))
    offered = _count(session, run, *_is_offered())
    return [
        *_empty(run, label, products),
        *_lost(label, _no_longer_offered(session, run), offered, guards),
        *_changed(run, products, guards),
        *_rejected(run, guards),
    ]


def _count(session: Session, run: SyncRun, *conditions: ColumnElement[bool]) -> int:
    living = (Product.external_system == run.external_system, Product.deleted_at.is_(None))
    return session.execute(select(func.count()).select_from(Product).where(*living, *conditions)).scalar_one()


def _is_offered() -> Iterator[ColumnElement[bool]]:
    for field, wanted in OFFERED.items():
        yield getattr(Product, field).is_not_distinct_from(wanted)


def _no_longer_offered(session: Session, run: SyncRun) -> int:
    """Count the offered products that the plan takes off sale, for whatever reason.

    A conflict about the lifecycle does too: the product is held until somebody settles it.
    """
    rows = session.execute(
        select(SyncChange.after, SyncChange.conflicts)
        .join(Product, Product.id == SyncChange.product_id)
        .where(SyncChange.run_id == run.id, SyncChange.kind.in_((UPDATE, WITHDRAW, CONFLICT)), *_is_offered())
        .execution_options(yield_per=1000),
    )
    return sum(
        "lifecycle_status" in (conflicts or {})
        or any(field in (after or {}) and (after or {})[field] != wanted for field, wanted in OFFERED.items())
        for after, conflicts in rows
    )


def _empty(run: SyncRun, label: str, products: int) -> Iterator[str]:
    if run.fetched == 0:
        yield f"{label} answered without a single product; {products} are here."


def _lost(label: str, lost: int, offered: int, guards: Guards) -> Iterator[str]:
    if offered and lost * 100 > guards.max_withdraw_percent * offered:
        percent = lost * 100 / offered
        yield (
            f"{lost} of {offered} products that {label} offers would stop being offered: {percent:.1f} %, "
            f"the guard is {guards.max_withdraw_percent} %."
        )


def _changed(run: SyncRun, products: int, guards: Guards) -> Iterator[str]:
    if run.updated * 100 > guards.max_change_percent * products:
        yield (
            f"{run.updated} of {products} products would change: {run.updated * 100 / products:.1f} %, "
            f"the guard is {guards.max_change_percent} %."
        )


def _rejected(run: SyncRun, guards: Guards) -> Iterator[str]:
    if run.fetched and run.rejected * 100 > guards.max_reject_percent * run.fetched:
        yield (
            f"{run.rejected} of {run.fetched} records were rejected: {run.rejected * 100 / run.fetched:.1f} %, "
            f"the guard is {guards.max_reject_percent} %."
        )
