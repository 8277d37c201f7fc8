"""What belongs into a backup, and what does not: it is made anew, or belongs to a moment that is over."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Table

from catalog_app.core.db import Base
from catalog_app.products.hidden import HIDDEN

DERIVED: Final = frozenset({"catalogue_version", "product_count", "product_document", "product_edge", "product_tally"})
"""Worked out from the products (restoring.py). The search index has no model, so it is not among the tables at all."""

OF_THE_MOMENT: Final = frozenset({"heartbeat", "user_session"})
"""Which processes beat, and who is signed in: a sign-in that was ended since must not come back to life."""

SEEN: Final = {"product": f"version <> {HIDDEN}"}
"""Which rows of a table count: products that are written ahead stand in the search index, and their run begins anew."""

_BY_THEMSELVES: Final = frozenset(
    {
        "catalogue_day",
        "contact_policy",
        "external_system",
        "login_throttle",
        "nbo_settings",
        "system_schedule",
        "system_state",
    }
)
"""Rows that migrations and heartbeats make. Where a person has changed one of them there is a revision, too."""


def kept_tables() -> Sequence[Table]:
    """Return the tables whose rows a backup holds, those first that others refer to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in DERIVED | OF_THE_MOMENT]


def cleared_tables() -> Sequence[Table]:
    """Return the tables that a restore empties before it fills them, those first that refer to others."""
    left = DERIVED | {"heartbeat"}
    return [table for table in reversed(Base.metadata.sorted_tables) if table.name not in left]


def numbered(table: Table) -> str | None:
    """Return the column that the database numbers by itself, None where it does not."""
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return None
    (column,) = table.primary_key.columns
    return column.name


def first_used(connection: Connection) -> str | None:
    """Return a table in which somebody has put something, None where the database is as the migrations made it."""
    for table in kept_tables():
        if table.name not in _BY_THEMSELVES and connection.execute(table.select().limit(1)).first() is not None:
            return table.name
    return None
