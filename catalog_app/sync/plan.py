"""The plan: what a run would do, decided row by row.

The rows of the plan are the preview, the report and what is applied; there is no other description of a run.
A plan may be made again from the same staged rows when the catalogue moved underneath it.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session, undefer

from catalog_app.core.errors import RuleError
from catalog_app.core.json_values import as_json
from catalog_app.products.changes import shown
from catalog_app.products.models import Product
from catalog_app.products.patch import current_values
from catalog_app.products.schema import FIELDS, ProductInput, stored_value
from catalog_app.sync.merge import Merge, merge
from catalog_app.sync.models import CONFLICT, CREATE, NOTED, SET_ASIDE, STAGED, UPDATE, WITHDRAW, SyncChange, SyncRun

CHUNK = 500
COUNTED = {CREATE: "created", UPDATE: "updated", WITHDRAW: "withdrawn", SET_ASIDE: "rejected"}
SAID = (STAGED, CREATE, UPDATE, CONFLICT, NOTED)
"""The kinds of rows that hold what the source says of a product."""


def make_plan(session: Session, run: SyncRun) -> None:
    """Decide every row of the run against the catalogue as it stands, and count what comes of it."""
    for chunk in chunks_of(session, run, SAID):
        products = _by_external_id(session, run.external_system, chunk)
        with session.no_autoflush:
            for change in chunk:
                decide(change, products.get(change.external_product_id or ""))
        session.flush()
    for chunk in chunks_of(session, run, (WITHDRAW,)):
        still = _still_here(session, chunk)
        for change in chunk:
            if change.product_id in still:
                change.base_version = still[change.product_id]
            else:
                session.delete(change)
        session.flush()
    count_plan(session, run)


def plan_withdrawals(session: Session, run: SyncRun, seen: Collection[int], *, now: datetime) -> None:
    """Plan to withdraw what a proved complete listing no longer shows. Never call it for less than that."""
    living = (
        select(Product.id, Product.external_product_id, Product.version, Product.name)
        .where(
            Product.external_system == run.external_system,
            Product.deleted_at.is_(None),
            Product.missing_since.is_(None),
        )
        .order_by(Product.id)
    )
    session.add_all(
        SyncChange(
            run_id=run.id,
            kind=WITHDRAW,
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


def decide(change: SyncChange, product: Product | None) -> None:
    """Decide what one row does to its product as it stands now; `product` is None where there is none yet."""
    says = change.said or {}
    if product is None:
        change.kind, change.before, change.after = CREATE, {}, says
        change.product_id = change.base_version = change.conflicts = None
        return
    here = {field: shown(product, field) for field in FIELDS}
    result = merge(said_before=product.source_values or {}, says_now=says, here=here, locks=product.field_locks)
    if product.missing_since is not None:
        result.before["missing_since"], result.after["missing_since"] = as_json(product.missing_since), None
    change.product_id, change.base_version = product.id, product.version
    if product.deleted_at is not None:
        # People deleted it here: what the source says is noted, and nothing of it is taken.
        result = Merge()
    elif fault := _fault(product, result):
        change.kind, (change.field, change.reason) = SET_ASIDE, fault
        return
    change.kind = UPDATE if result.after else CONFLICT if result.changes_something else NOTED
    change.before, change.after, change.conflicts = result.before, result.after, result.conflicts or None


def count_plan(session: Session, run: SyncRun) -> None:
    """Write the counts of the plan on the run; what differs in nothing that matters here is unchanged."""
    by_kind = select(SyncChange.kind, func.count()).where(SyncChange.run_id == run.id).group_by(SyncChange.kind)
    counts = dict(session.execute(by_kind).all())
    for kind, column in COUNTED.items():
        setattr(run, column, counts.get(kind, 0))
    run.unchanged = run.same + counts.get(NOTED, 0)
    in_conflict = select(func.count()).where(SyncChange.run_id == run.id, SyncChange.conflicts.is_not(None))
    run.conflicts = session.execute(in_conflict).scalar_one()


def chunks_of(session: Session, run: SyncRun, kinds: Sequence[str]) -> Iterator[Sequence[SyncChange]]:
    """Yield the run's changes of these kinds in order, a bounded number at a time."""
    last = 0
    while chunk := session.scalars(_after(run, kinds, last)).all():
        last = chunk[-1].id
        yield chunk


def drop_staged(session: Session, run: SyncRun) -> None:
    """Forget what a run that ended early had staged; rejected rows stay, for people to look at."""
    session.execute(delete(SyncChange).where(SyncChange.run_id == run.id, SyncChange.kind != SET_ASIDE))


def _fault(product: Product, result: Merge) -> tuple[str, str] | None:
    """Return why the source's values and people's own do not fit together, as (field, sentence)."""
    taken = {field: stored_value(field, value) for field, value in result.after.items() if field in FIELDS}
    try:
        ProductInput.check({**current_values(product), **taken})
    except RuleError as error:
        return next(iter(error.errors.items()))
    return None


def _after(run: SyncRun, kinds: Sequence[str], last: int) -> Select[SyncChange]:
    of_run = select(SyncChange).where(SyncChange.run_id == run.id, SyncChange.kind.in_(kinds), SyncChange.id > last)
    return of_run.order_by(SyncChange.id).limit(CHUNK)


def _by_external_id(session: Session, system: str, chunk: Sequence[SyncChange]) -> dict[str, Product]:
    query = (
        select(Product)
        .where(
            Product.external_system == system,
            Product.external_product_id.in_([change.external_product_id for change in chunk]),
        )
        .options(undefer(Product.source_values))
        .execution_options(populate_existing=True)
    )
    return {product.external_product_id: product for product in session.scalars(query)}


def _still_here(session: Session, chunk: Sequence[SyncChange]) -> dict[int | None, int]:
    """Return the present version of the products to withdraw that are neither deleted nor already missing."""
    query = select(Product.id, Product.version).where(
        Product.id.in_([change.product_id for change in chunk]),
        Product.deleted_at.is_(None),
        Product.missing_since.is_(None),
    )
    return {row.id: row.version for row in session.execute(query)}
