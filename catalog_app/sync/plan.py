"""The plan: what a run would do, decided row by row, and the guards that hold it back.

The rows of the plan are the preview, the report and what is applied; there is no other description of a run.
A plan may be made again from the same staged rows when the catalogue moved underneath it.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError
from catalog_app.core.json_values import as_json
from catalog_app.products.models import Product
from catalog_app.products.patch import current_values
from catalog_app.products.schema import FIELDS, ProductInput, stored_value
from catalog_app.sync.merge import Merge, merge
from catalog_app.sync.models import SyncChange, SyncRun

CHUNK = 500
KINDS = ("create", "update", "withdraw", "conflict", "rejected")
COUNTED = {"create": "created", "update": "updated", "withdraw": "withdrawn", "rejected": "rejected"}


def make_plan(session: Session, run: SyncRun) -> None:
    """Decide every staged row of the run against the catalogue as it stands, and count what comes of it."""
    for chunk in _chunks(session, run, kinds=("staged", "create", "update", "conflict")):
        products = _products(session, run.external_system, chunk)
        for change in chunk:
            _decide(session, run, change, products.get(change.external_product_id or ""))
        session.flush()
    for change in session.scalars(_of(run, ("withdraw",))):
        product = session.get_one(Product, change.product_id, populate_existing=True)
        if product.deleted_at is not None or product.missing_since is not None:
            session.delete(change)
        else:
            change.base_version = product.version
    session.flush()
    _count(session, run)


def plan_withdrawals(session: Session, run: SyncRun, seen: Collection[int], *, now: datetime) -> None:
    """Plan to withdraw what a proved complete listing no longer shows. Never call it for less than that."""
    living = select(Product.id, Product.external_product_id, Product.version, Product.name).where(
        Product.external_system == run.external_system,
        Product.deleted_at.is_(None),
        Product.missing_since.is_(None),
    )
    session.add_all(
        SyncChange(
            run_id=run.id,
            kind="withdraw",
            external_product_id=external_id,
            product_id=product_id,
            base_version=version,
            name=name,
            before={"missing_since": None},
            after={"missing_since": as_json(now)},
        )
        for product_id, external_id, version, name in session.execute(living)
        if product_id not in seen
    )
    session.flush()


def _decide(session: Session, run: SyncRun, change: SyncChange, product: Product | None) -> None:
    says = change.said or {}
    if product is None:
        change.kind, change.before, change.after = "create", {}, says
        return
    here = {field: as_json(getattr(product, field)) for field in FIELDS}
    result = merge(said_before=product.source_values or {}, says_now=says, here=here, locks=product.field_locks)
    if product.missing_since is not None:
        result.before["missing_since"], result.after["missing_since"] = as_json(product.missing_since), None
    if fault := _fault(product, result):
        change.kind, (change.field, change.reason) = "rejected", fault
        return
    if not result.changes_something or product.deleted_at is not None:
        run.unchanged += 1
        session.delete(change)
        return
    change.kind = "update" if result.after else "conflict"
    change.product_id, change.base_version = product.id, product.version
    change.before, change.after, change.conflicts = result.before, result.after, result.conflicts or None


def _fault(product: Product, result: Merge) -> tuple[str, str] | None:
    """Return why the source's values and people's own do not fit together, as (field, sentence)."""
    taken = {field: stored_value(field, value) for field, value in result.after.items() if field in FIELDS}
    try:
        ProductInput.check({**current_values(product), **taken})
    except RuleError as error:
        return next(iter(error.errors.items()))
    return None


def _count(session: Session, run: SyncRun) -> None:
    by_kind = select(SyncChange.kind, func.count()).where(SyncChange.run_id == run.id).group_by(SyncChange.kind)
    counts: dict[str, int] = dict(session.execute(by_kind).all())
    for kind, column in COUNTED.items():
        setattr(run, column, counts.get(kind, 0))
    run.conflicts = session.execute(
        select(func.count()).where(SyncChange.run_id == run.id, SyncChange.conflicts.is_not(None)),
    ).scalar_one()


def _of(run: SyncRun, kinds: Sequence[str]) -> Any:
    return select(SyncChange).where(SyncChange.run_id == run.id, SyncChange.kind.in_(kinds)).order_by(SyncChange.id)


def chunks_of(session: Session, run: SyncRun, kinds: Sequence[str]) -> Iterator[Sequence[SyncChange]]:
    """Yield the run's changes of these kinds in order, a bounded number at a time."""
    return _chunks(session, run, kinds=kinds)


def _chunks(session: Session, run: SyncRun, *, kinds: Sequence[str]) -> Iterator[Sequence[SyncChange]]:
    last = 0
    while True:
        chunk = session.scalars(_of(run, kinds).where(SyncChange.id > last).limit(CHUNK)).all()
        if not chunk:
            return
        last = chunk[-1].id
        yield chunk


def _products(session: Session, system: str, chunk: Sequence[SyncChange]) -> dict[str, Product]:
    query = (
        select(Product)
        .where(
            Product.external_system == system,
            Product.external_product_id.in_([change.external_product_id for change in chunk]),
        )
        .execution_options(populate_existing=True)
    )
    return {product.external_product_id: product for product in session.scalars(query)}


def drop_staged(session: Session, run: SyncRun) -> None:
    """Forget what a run that ended early had staged; rejected rows stay, for people to look at."""
    session.execute(delete(SyncChange).where(SyncChange.run_id == run.id, SyncChange.kind != "rejected"))
