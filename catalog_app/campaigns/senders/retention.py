"""What deliveries keep of customers, for a time: who it was, where it went, what was told of them, what they were told.

The delivery itself stays, with the hash of its customer and what was promised: limits and results are counted from it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, null, or_, select, update
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import CONTROL, REFUSED, Delivery
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.retention import Over, over
from catalog_app.core.wiring import settings

A_STEP: Final = 2000
"""How many rows are emptied in one transaction: other writers wait no longer than that."""
_deliveries: Final = Delivery.metadata.tables[Delivery.__tablename__]
# The text may call the customer by name, and the campaign engine may name them in its error. The snapshot names nobody:
# it is the same for everybody who was promised it.
_PERSONAL: Final = ("customer_id", "address", "features", "time_zone", "message", "last_error")


def due() -> Mapping[str, Over]:
    """Return what `purge` would empty now."""
    kept_for = timedelta(days=settings().delivery_retention_days)
    return {"customers_of_deliveries": over(Delivery, kept_for, *_is_over(utcnow() - kept_for))}


def purge(now: datetime | None = None) -> Mapping[str, int]:
    """Empty what deliveries that ended long enough ago still say of their customers. Safe to call at any time."""
    old = (now or utcnow()) - timedelta(days=settings().delivery_retention_days)
    old_ones = select(_deliveries.c.id, _deliveries.c.reasons).where(*_is_over(old))
    # What somebody else holds, to send it again, is left for the next time.
    query = old_ones.limit(A_STEP).with_for_update(skip_locked=True)
    session, emptied = db.session(), 0
    while True:
        session.rollback()
        if session.execute(old_ones.limit(1)).first() is None:
            break
        with writing() as transaction:
            rows = transaction.execute(query).all()
            empty(transaction, {row.id: row.reasons for row in rows})
        if not rows:
            break
        emptied += len(rows)
    return {"customers_of_deliveries": emptied}


def _is_over(old: datetime) -> tuple[ColumnElement[bool], ...]:
    columns = _deliveries.c
    has_ended = or_(columns.ended_at < old, and_(columns.ended_at.is_(None), columns.status.in_((REFUSED, CONTROL))))
    return columns.created_at < old, has_ended, columns.customer_id.is_not(None)


def empty(session: Session, reasons: Mapping[int, Sequence[Mapping[str, Any]]]) -> None:
    """Take out of deliveries whatever says who they were for, inside the caller's transaction.

    Of the `reasons` of each the codes stay; their sentences quote what was told of the customer.
    """
    if not reasons:
        return
    which = _deliveries.c.id.in_(reasons)
    connection = session.connection()
    connection.execute(update(_deliveries).where(which).values(dict.fromkeys(_PERSONAL, null())))
    told = [
        {"of": number, "codes": [{**reason, "message": ""} for reason in said]}
        for number, said in reasons.items()
        if said
    ]
    if told:
        connection.execute(_CODES, told)


_CODES: Final = update(_deliveries).where(_deliveries.c.id == bindparam("of")).values(reasons=bindparam("codes"))
