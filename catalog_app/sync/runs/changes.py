"""The changes of a run, read for pages: a page of one kind with its place, and where a loss is concentrated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from catalog_app.products.models import Product
from catalog_app.products.plans.paging import RowPage, row_page
from catalog_app.sync.models import APPLIED, CREATE, SyncChange, SyncRun

MOST_LOST = 3


ChangePage = RowPage[SyncChange]


def change_page(session: Session, run_id: int, *, kind: str, after_id: int, limit: int) -> ChangePage:
    """Return the changes of `kind` from just after change `after_id` on. Four queries at most."""
    of_run = (SyncChange.run_id == run_id, of_kind(kind))
    return row_page(session, SyncChange, *of_run, after_id=after_id, limit=limit)


def name_products(session: Session, run: SyncRun, changes: Sequence[SyncChange]) -> None:
    """Let the changes of an applied run that made a product tell which: no run writes that down. One query."""
    made = [change for change in changes if change.kind == CREATE and change.product_id is None]
    if run.status != APPLIED or not made:
        return
    names = [change.external_product_id for change in made]
    query = select(Product.external_product_id, Product.id).where(
        Product.external_system == run.external_system, Product.external_product_id.in_(names)
    )
    ids = dict(session.execute(query).all())
    for change in made:
        set_committed_value(change, "product_id", ids.get(change.external_product_id or ""))


def diff_of(change: SyncChange) -> dict[str, dict[str, Any] | None]:
    """Return what a change does to its product as {"before", "after"}, without what the product says already."""
    before, after = change.before, change.said if change.kind == CREATE else change.after
    if not before or not after:
        return {"before": before, "after": after}
    differing = {name for name in after if name not in before or before[name] != after[name]}
    return {
        "before": {name: value for name, value in before.items() if name in differing},
        "after": {name: value for name, value in after.items() if name in differing},
    }


def of_kind(kind: str) -> ColumnElement[bool]:
    """Return the condition for one kind; a conflict may sit in a change that also updates."""
    return SyncChange.conflicts.is_not(None) if kind == "conflict" else SyncChange.kind == kind


@dataclass(frozen=True)
class Loss:
    """How many products of a category a plan withdraws, of how many there are. None is everything else."""

    category: str | None
    lost: int
    of: int


def losses(session: Session, run: SyncRun) -> list[Loss]:
    """Return where the withdrawals of a run are concentrated, the worst first. Two queries."""
    category = func.coalesce(Product.category, "")
    lost = dict(
        session.execute(
            select(category, func.count())
            .join(SyncChange, SyncChange.product_id == Product.id)
            .where(SyncChange.run_id == run.id, SyncChange.kind == "withdraw")
            .group_by(category)
        ).all()
    )
    if not lost:
        return []
    living = (Product.external_system == run.external_system, Product.deleted_at.is_(None))
    here = dict(session.execute(select(category, func.count()).where(*living).group_by(category)).all())
    worst = sorted(lost, key=lambda name: (-lost[name], name))
    named = [name for name in worst if name][:MOST_LOST]
    rest = [name for name in here if name not in named]
    shown = [Loss(name, lost[name], max(here.get(name, 0), lost[name])) for name in named]
    others = Loss(None, sum(lost.get(name, 0) for name in rest), sum(here[name] for name in rest))
    return [*shown, others] if others.of else shown
