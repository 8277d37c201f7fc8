"""New products of a plan are written ahead of the rest, hidden, a slice at a time, so that nobody waits long.

As a sync does it (ADR 11), and only on SQLite. Only products that are made here: those of a source are hidden and swept
by whoever holds its lease. The rows of the plan know the numbers of what was hidden, so what is left over is found.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import is_postgresql, large_cache, update_rows
from catalog_app.core.db import Base, db, writing
from catalog_app.edits.lease import Claim, PlanLostError, hold
from catalog_app.edits.models import APPLIED, APPLYING, CREATE, EditChange, EditPlan
from catalog_app.edits.states import found_plan
from catalog_app.products import hidden
from catalog_app.products.bulk import hide_rows
from catalog_app.products.bulk_rows import CREATED, Rows
from catalog_app.products.plans.layout import Portion
from catalog_app.products.terms import MANUAL

A_STEP: Final = 1000
_SYSTEM: Final = CREATED.index("external_system") - 1
_CHANGE: Final = Base.metadata.tables[EditChange.__tablename__]
_TO_MAKE: Final = (EditChange.kind == CREATE, EditChange.base_version.is_(None))
"""Products that were not there when the plan was made, not even as deleted ones."""

Ahead = Callable[[Portion], None]
"""Writes of a portion what can be written before the rest."""


def written_ahead(claim: Claim) -> Ahead | None:
    """Return what writes the new products of a portion hidden, under the claim; None where nobody would wait."""
    if is_postgresql(db.session().connection()):
        return None

    def ahead(portion: Portion) -> None:
        if not _are_made_here(portion.rows):
            return
        with writing() as session:
            hold(session, claim)
            with large_cache(session.connection()):
                ids = hide_rows(session.connection(), portion.rows)
            if ids is None:
                # Somebody else has made one of them: the plan is refused for that at the end.
                session.rollback()
                return
            note_numbers(session, portion.changes, ids)
            portion.hidden = ids.start, ids.stop

    return ahead


def note_numbers(session: Session, changes: Iterable[int], made: Iterable[int]) -> None:
    """Note the numbers of new products beside the rows that made them; both stand in one order."""
    query = select(EditChange.id).where(EditChange.id.in_(changes), *_TO_MAKE, EditChange.product_id.is_(None))
    rows = session.connection().execute(query.order_by(EditChange.id)).scalars().all()
    numbered = [[number, row] for number, row in zip(made, rows, strict=True)]
    update_rows(session.connection(), _CHANGE, ("product_id",), numbered, versioned=False)


@contextmanager
def swept(claim: Claim) -> Iterator[None]:
    """Begin without anything that an earlier try left hidden, and leave nothing behind where the block breaks off."""
    _sweep(claim.plan_id, claim)
    try:
        yield
    except PlanLostError:
        # Whoever has the plan now sweeps.
        raise
    except Exception:
        _sweep(claim.plan_id, claim)
        raise


def sweep_left_over() -> None:
    """Remove what plans left hidden that nobody applies any more, because their process died."""
    session = db.session()
    session.rollback()
    if not hidden.left_over(session.connection(), MANUAL, limit=1):
        return
    query = (
        select(EditChange.plan_id)
        .distinct()
        .join(EditPlan, EditPlan.id == EditChange.plan_id)
        .where(*_TO_MAKE, EditChange.product_id.is_not(None), EditPlan.status.not_in((APPLYING, APPLIED)))
    )
    for plan_id in session.execute(query).scalars().all():
        _sweep(plan_id, None)


def _sweep(plan_id: int, claim: Claim | None) -> None:
    """Remove what the plan hid, a step at a time, under the claim; without one only if nobody applies it."""
    while left := _left_over(plan_id):
        with writing() as session:
            if claim is not None:
                hold(session, claim)
            elif found_plan(session, plan_id, for_change=True).status in (APPLYING, APPLIED):
                return
            hidden.discard(session.connection(), [row.product_id for row in left])
            noted = update(EditChange).where(EditChange.id.in_([row.id for row in left]))
            session.connection().execute(noted.values(product_id=None))


def _left_over(plan_id: int) -> Sequence[Row[int, int | None]]:
    session = db.session()
    session.rollback()
    of_plan = (EditChange.plan_id == plan_id, *_TO_MAKE, EditChange.product_id.is_not(None))
    query = select(EditChange.id, EditChange.product_id).where(*of_plan).limit(A_STEP)
    return session.connection().execute(query).all()


def _are_made_here(rows: Rows) -> bool:
    return bool(rows.created) and all(row[_SYSTEM] == MANUAL for row in rows.created)
