"""Guards: when a plan must wait for a person. Each says what would happen, against its limit."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.products.models import Product
from catalog_app.sync.models import SyncChange, SyncRun

OFFERED = {"lifecycle_status": "launched", "is_available": True, "missing_since": None}


@dataclass(frozen=True)
class Guards:
    """How much of a system one run may change by itself, in percent."""

    max_withdraw_percent: int = 10
    max_change_percent: int = 50
    max_reject_percent: int = 20


def reasons_to_hold(session: Session, run: SyncRun, label: str, guards: Guards) -> list[str]:
    """Return why the plan waits for approval, one sentence each; none means that it may be applied."""
    products, offered = _standing(session, run.external_system)
    if products == 0:
        # The first sync of a system has nothing to lose, so its size holds nothing back.
        return list(_rejected(run, guards))
    return [*_empty(run, label, products), *_lost(session, run, label, offered, guards), *_changed(run, products, guards),
            *_rejected(run, guards)]  # fmt: skip


def _standing(session: Session, system: str) -> tuple[int, int]:
    living = (Product.external_system == system, Product.deleted_at.is_(None))
    products = session.execute(select(func.count()).select_from(Product).where(*living)).scalar_one()
    offered = (
        select(func.count())
        .select_from(Product)
        .where(
            *living,
            Product.lifecycle_status == "launched",
            Product.is_available.is_(True),
            Product.missing_since.is_(None),
        )
    )
    return products, session.execute(offered).scalar_one()


def _empty(run: SyncRun, label: str, products: int) -> Iterator[str]:
    if run.fetched == 0:
        yield f"{label} answered without a single product; {products} are here."


def _lost(session: Session, run: SyncRun, label: str, offered: int, guards: Guards) -> Iterator[str]:
    lost = _no_longer_offered(session, run)
    if offered and lost * 100 > guards.max_withdraw_percent * offered:
        percent = lost * 100 / offered
        yield (
            f"{lost} of {offered} products that {label} offers would stop being offered: {percent:.1f} %, "
            f"the guard is {guards.max_withdraw_percent} %."
        )


def _no_longer_offered(session: Session, run: SyncRun) -> int:
    """Count the offered products that the plan takes off sale, for whatever reason."""
    rows = session.execute(
        select(SyncChange.after, Product)
        .join(Product, Product.id == SyncChange.product_id)
        .where(SyncChange.run_id == run.id, SyncChange.kind.in_(("update", "withdraw"))),
    )
    return sum(
        all(getattr(product, field) == wanted for field, wanted in OFFERED.items())
        and any(field in (after or {}) and after[field] != wanted for field, wanted in OFFERED.items())
        for after, product in rows
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
