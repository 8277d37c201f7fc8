"""The plan: what a run would do, row by row.

The rows of the plan are the preview, the report and what is applied; there is no other description of a run. Each
was decided when its record was read. Where the catalogue moved since, it is decided again from the same row.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, func, select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import driver_batches, is_postgresql
from catalog_app.products.hidden import HIDDEN
from catalog_app.products.models import Product
from catalog_app.sync.models import (
    CONFLICT,
    CREATE,
    NOTED,
    SET_ASIDE,
    UPDATE,
    WITHDRAW,
    ExternalSystem,
    SyncChange,
    SyncRun,
)
from catalog_app.sync.planning.change_rows import ChangeRows, Staged
from catalog_app.sync.planning.deciding import (
    NOT_AGAIN,
    Decided,
    Standing,
    decide,
    is_due,
    standing_by_id,
    standing_by_name,
    withdraw,
)
from catalog_app.sync.planning.seen import SeenProducts

CHUNK = 1000
_IDS = 10_000
COUNTED = {CREATE: "created", UPDATE: "updated", WITHDRAW: "withdrawn", SET_ASIDE: "rejected"}
OF_PRODUCTS = (UPDATE, CONFLICT, NOTED, WITHDRAW)
"""The kinds of rows that belong to a product that is here."""
_LIVING = f"""
    SELECT id FROM product WHERE external_system = %s AND deleted_at IS NULL AND missing_since IS NULL
    AND (undone_hash IS NULL OR undone_hash <> '{NOT_AGAIN}')
"""  # noqa: S608  # our own word


def plan_withdrawals(session: Session, run: SyncRun, ids: Sequence[int], *, now: datetime) -> list[int]:
    """Plan to withdraw products that a proved complete listing no longer shows. Never call it for less than that.

    `ids` are some of those that are `unseen`. Returns those that are absent too, and stay for now because they are not
    due.
    """
    left: list[int] = []
    of_system = _frequency(session, run)
    changes: list[tuple[Staged, Decided]] = []
    absent = standing_by_id(session, run.external_system, ids).values()
    listed = _listed(session, run, [product.external_product_id for product in absent])
    for product in absent:
        if product.external_product_id in listed:
            # It was made here by hand after its record had been read; the record decides.
            continue
        if not is_due(product.sync_frequency, of_system=of_system, frequencies=run.frequencies):
            run.not_due += 1
            left.append(product.id)
        elif decided := withdraw(product, now=now, reason=None):
            changes.append((Staged(product.external_product_id, product.name, said=None, raw=None), decided))
    ChangeRows(session.connection(), run.id).insert(changes)
    return left


def _frequency(session: Session, run: SyncRun) -> str:
    return session.get_one(ExternalSystem, run.external_system).sync_frequency


def unseen(session: Session, run: SyncRun, seen: SeenProducts) -> list[int]:
    """Return the ids of products that were neither seen nor withdrawn."""
    connection = session.connection()
    statement = _LIVING % ("%s" if is_postgresql(connection) else "?")
    found = driver_batches(connection, statement, (run.external_system,), _IDS)
    return sorted(number for rows in found for number in seen.without(number for (number,) in rows))


def _listed(session: Session, run: SyncRun, names: Sequence[str]) -> set[str | None]:
    """Return which of these external ids have a row of the run already."""
    rows = select(SyncChange.external_product_id).where(
        SyncChange.run_id == run.id, SyncChange.external_product_id.in_(names)
    )
    return set(session.scalars(rows))


def moved_changes(session: Session, run: SyncRun) -> list[int]:
    """Return the rows of the run whose product is not as it was when they were decided."""
    of_products = (
        select(SyncChange.id)
        .join(Product, Product.id == SyncChange.product_id)
        .where(
            SyncChange.run_id == run.id,
            SyncChange.kind.in_(OF_PRODUCTS),
            Product.version != SyncChange.base_version,
        )
    )
    # What was to be created, and is here by now.
    created = (
        select(SyncChange.id)
        .join(
            Product,
            and_(
                Product.external_system == run.external_system,
                Product.external_product_id == SyncChange.external_product_id,
            ),
        )
        # Those that this run has written ahead are hidden still.
        .where(SyncChange.run_id == run.id, SyncChange.kind == CREATE, Product.version > HIDDEN)
    )
    connection = session.connection()
    return [*connection.execute(of_products).scalars(), *connection.execute(created).scalars()]


def decide_again(session: Session, run: SyncRun, ids: Collection[int]) -> None:
    """Decide rows of the run again, for the products as they stand now."""
    connection = session.connection()
    rows = ChangeRows(connection, run.id)
    for chunk in in_chunks(sorted(ids)):
        columns = (
            SyncChange.id, SyncChange.kind, SyncChange.external_product_id, SyncChange.said, SyncChange.reason,
            SyncChange.source_updated_at,
        )  # fmt: skip
        changes = connection.execute(select(*columns).where(SyncChange.id.in_(chunk))).all()
        products = standing_by_name(session, run.external_system, [change.external_product_id for change in changes])
        decided = {change.id: _again(change, products.get(change.external_product_id), run) for change in changes}
        rows.decide_again({number: one for number, one in decided.items() if one is not None})
        gone = [number for number, one in decided.items() if one is None]
        if gone:
            connection.execute(delete(SyncChange).where(SyncChange.id.in_(gone)))
        for change in changes:
            if (one := decided[change.id]) is not None and one.kind == SET_ASIDE:
                _left(run, change.source_updated_at)


def _left(run: SyncRun, updated_at: datetime | None) -> None:
    """Keep the run's high-water mark from passing a record that must be read again."""
    if run.high_water_mark is not None:
        run.high_water_mark = None if updated_at is None else min(run.high_water_mark, updated_at)


def _again(change: Row[Any], product: Standing | None, run: SyncRun) -> Decided | None:
    if change.kind == WITHDRAW:
        return withdraw(product, now=run.started_at or run.requested_at, reason=change.reason)
    return decide(change.said or {}, product)


def count_plan(session: Session, run: SyncRun) -> None:
    """Write the counts of the plan on the run."""
    for column, count in counts_of(session, run).items():
        setattr(run, column, count)


def counts_of(session: Session, run: SyncRun) -> dict[str, int]:
    """Return the counts of the plan; what differs in nothing that matters here is unchanged."""
    by_kind = select(SyncChange.kind, func.count()).where(SyncChange.run_id == run.id).group_by(SyncChange.kind)
    counts = dict(session.execute(by_kind).all())
    in_conflict = select(func.count()).where(SyncChange.run_id == run.id, SyncChange.conflicts.is_not(None))
    return {
        **{column: counts.get(kind, 0) for kind, column in COUNTED.items()},
        "unchanged": run.same + counts.get(NOTED, 0),
        "conflicts": session.execute(in_conflict).scalar_one(),
    }


def drop_staged(session: Session, run: SyncRun) -> None:
    """Forget what a run that ended early had staged; rejected rows stay, for people to look at."""
    session.execute(delete(SyncChange).where(SyncChange.run_id == run.id, SyncChange.kind != SET_ASIDE))


def in_chunks(items: Sequence[int], size: int = CHUNK) -> Iterator[Sequence[int]]:
    """Yield the items in order, a bounded number at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
