"""Deliveries as rows: made many at once, and looked up by what makes them one of a kind."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Dialect, Table, bindparam, select
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import CONTROL, Delivery
from catalog_app.core.bulk_sql import Encoder, driver_rows, encoders, insert_rows, is_postgresql
from catalog_app.core.db import Base

DELIVERY: Final[Table] = Base.metadata.tables[Delivery.__tablename__]
ANSWERED: Final = (
    "id", "campaign_id", "customer", "key", "channel", "language", "status", "reasons", "product_id", "message",
    "snapshot", "not_before",
)  # fmt: skip
"""What an answer tells of a delivery."""
MADE: Final = (
    "id", "campaign_id", "campaign_version", "customer", "key", "customer_id", "address", "features", "time_zone",
    "channel", "language", "status", "reasons", "product_id", "product_version", "message", "snapshot", "sender",
    "not_before", "next_at", "attempts", "created_at", "ended_at",
)  # fmt: skip
"""What a new delivery says."""

Delivered = Mapping[str, Any]
"""A delivery by its columns, at least those of ANSWERED."""
Key = tuple[str, str]
"""A customer (a hash) and the key of an item: what makes a delivery of a campaign one of a kind."""

# A cross join is walked from left to right: left to itself, SQLite would go through all deliveries of the campaign.
_SQLITE: Final = """
    SELECT delivery.id FROM json_each(?) AS asked CROSS JOIN delivery ON delivery.campaign_id = ?
    AND delivery.customer = json_extract(asked.value, '$[0]') AND delivery.key = json_extract(asked.value, '$[1]')
"""
_POSTGRESQL: Final = """
    SELECT delivery.id FROM unnest(%s::text[], %s::text[]) AS asked(customer, key)
    JOIN delivery ON delivery.campaign_id = %s AND delivery.customer = asked.customer AND delivery.key = asked.key
"""


def existing(session: Session, campaign_id: int, keys: Collection[Key]) -> dict[Key, Delivered]:
    """Return the deliveries of a campaign that have one of these keys, as answers tell them."""
    connection = session.connection()
    wanted = sorted(keys)
    if is_postgresql(connection):
        values = ([customer for customer, _ in wanted], [key for _, key in wanted], campaign_id)
        numbers = [number for (number,) in driver_rows(connection, _POSTGRESQL, values)]
    else:
        asked = (orjson.dumps(wanted).decode(), campaign_id)
        numbers = [number for (number,) in driver_rows(connection, _SQLITE, asked)]
    if not numbers:
        return {}
    columns = [DELIVERY.c[name] for name in ANSWERED]
    rows = session.execute(select(*columns).where(DELIVERY.c.id.in_(numbers))).mappings()
    return {(row["customer"], row["key"]): dict(row) for row in rows}


def insert(connection: Connection, deliveries: Sequence[Delivered]) -> None:
    """Insert deliveries; each mapping has all of MADE."""
    encode = _encoders(connection.dialect)
    rows = [
        [value if (value := delivery[name]) is None or convert is None else convert(value) for name, convert in encode]
        for delivery in deliveries
    ]
    insert_rows(connection, DELIVERY, MADE, rows)


def held_out(session: Session, campaign_id: int, customers: Collection[str]) -> list[tuple[str, datetime]]:
    """Return (customer, when) of each time that one of these customers was held out of a campaign."""
    # The status is looked at here: an index that begins with it would be taken, and hold everybody's.
    found = session.execute(_OF_CUSTOMERS, {"campaign": campaign_id, "customers": list(customers)})
    return [(customer, at) for customer, at, status in found if status == CONTROL]


_OF_CUSTOMERS: Final = select(DELIVERY.c.customer, DELIVERY.c.created_at, DELIVERY.c.status).where(
    DELIVERY.c.campaign_id == bindparam("campaign"), DELIVERY.c.customer.in_(bindparam("customers", expanding=True))
)
_made: dict[str, list[tuple[str, Encoder | None]]] = {}


def _encoders(dialect: Dialect) -> list[tuple[str, Encoder | None]]:
    if dialect.name not in _made:
        known = encoders(DELIVERY, dialect)
        _made[dialect.name] = [(name, known[name]) for name in MADE]
    return _made[dialect.name]
