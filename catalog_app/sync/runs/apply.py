"""Apply: the whole plan in one short transaction, or nothing of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import large_cache
from catalog_app.core.errors import CatalogError, Sentence
from catalog_app.products.bulk import ProductsMovedError, RowWriter, row_writer
from catalog_app.products.changes import ensure_segments
from catalog_app.products.hidden import discard
from catalog_app.products.plans.layout import Layout, hold_products
from catalog_app.sync.models import FILE, NOTED, RETRY, SyncChange, SyncRun, SystemState
from catalog_app.sync.planning.plan import OF_PRODUCTS, count_plan, decide_again, moved_changes
from catalog_app.sync.runs.layout import PlanWriter, lay_out


class BaseMovedError(CatalogError):
    """The catalogue is no longer the one that the plan was made for."""


def apply_plan(session: Session, run: SyncRun, *, now: datetime, as_shown: bool, layout: Layout | None = None) -> None:
    """Write every change of the plan with its revision, inside the caller's transaction.

    `layout` is what `lay_out` worked out before the transaction began; without it that happens here, while others
    wait. Where a product was changed after the plan was made: a plan that a person approved is applied exactly
    `as_shown` or not at all, so BaseMovedError is raised and the transaction must be rolled back; any other is decided
    again for that product, which nobody else can change by now. Memory stays bounded by the portion.
    """
    of_run = (SyncChange.run_id == run.id, SyncChange.kind.in_(OF_PRODUCTS))
    hold_products(session, select(SyncChange.product_id).where(*of_run))
    moved = moved_changes(session, run)
    if as_shown:
        _refuse_moved(session, moved)
    elif moved:
        decide_again(session, run, moved)
        count_plan(session, run)
    try:
        with large_cache(session.connection()), row_writer(session) as writer:
            segments = _write(session, run, writer, layout, set(moved), now=now)
    except ProductsMovedError as error:
        raise BaseMovedError(str(error)) from error
    # After all products, as an edit does it too: two that named the same new segment in another order would wait
    # for each other for ever.
    ensure_segments(session, segments)
    _move_marks(session.get_one(SystemState, run.external_system), run, now=now)


def _write(
    session: Session, run: SyncRun, writer: RowWriter, layout: Layout | None, moved: set[int], *, now: datetime
) -> set[str]:
    connection, plan = session.connection(), PlanWriter(session, run, now=now)
    segments: set[str] = set()
    for portion in layout or lay_out(session, run, now=now):
        is_outdated = not moved.isdisjoint(portion.changes)
        # The same changes, as they are by now.
        current = plan.portion(portion.changes) if portion.needs_lock or is_outdated else portion
        if portion.hidden is None or is_outdated:
            if portion.hidden is not None:
                discard(connection, range(*portion.hidden))
            writer.write(current.rows)
        else:
            writer.write(current.rows, shown=range(*portion.hidden))
        segments.update(current.segments)
    return segments


def _refuse_moved(session: Session, moved: list[int]) -> None:
    for number in moved:
        change = session.get_one(SyncChange, number)
        # Nobody was shown what is only noted, and the next reading notes it again.
        if change.kind != NOTED:
            raise BaseMovedError(Sentence("%(name)s was changed after the plan was made.", name=change.name))


def _move_marks(system: SystemState, run: SyncRun, *, now: datetime) -> None:
    if run.complete and run.full:
        system.last_complete_at = run.started_at
    system.last_success_at = now
    mark = run.high_water_mark
    # A file and a retry are not what the source has to say now, and what an incomplete listing left out may be older.
    if mark is not None and run.complete and run.origin not in (FILE, RETRY):
        system.high_water_mark = mark if system.high_water_mark is None else max(mark, system.high_water_mark)
