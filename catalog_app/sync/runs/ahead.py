"""New products are written ahead of the rest of a plan, hidden, a slice at a time, so that nobody waits long.

Only on SQLite, where one writer keeps all others waiting; on PostgreSQL a new product is in nobody's way. Whoever holds
the lease of a system sweeps what a run that came to no end has left hidden.
"""

from collections.abc import Callable, Sequence

from catalog_app.core.bulk_sql import is_postgresql, large_cache
from catalog_app.core.db import db, writing
from catalog_app.products import hidden
from catalog_app.products.bulk import hide_rows
from catalog_app.products.plans.layout import Portion
from catalog_app.sync.runs.lease import Claim, hold

A_STEP = 1000


def written_ahead(claim: Claim) -> Callable[[Portion], None] | None:
    """Return what writes the new products of a portion hidden, under the claim; None where nobody would wait."""
    session = db.session()
    if is_postgresql(session.connection()):
        return None

    def ahead(portion: Portion) -> None:
        if not portion.rows.created:
            return
        with writing() as session:
            hold(session, claim)
            with large_cache(session.connection()):
                ids = hide_rows(session.connection(), portion.rows)
            if ids is None:
                # Somebody else has made one of them; when all others are kept out, the plan is decided again for it.
                session.rollback()
                return
            portion.hidden = ids.start, ids.stop

    return ahead


def sweep(claim: Claim) -> None:
    """Remove the products of the claimed system that were hidden and never shown, a step at a time."""
    while ids := _left_over(claim.system):
        with writing() as session:
            hold(session, claim)
            hidden.discard(session.connection(), ids)


def _left_over(system: str) -> Sequence[int]:
    session = db.session()
    session.rollback()
    ids = hidden.left_over(session.connection(), system, limit=A_STEP)
    session.rollback()
    return ids
