"""Which schema this code expects, and which one the database has.

A worker asks at its start and at every /readyz. Alembic would bring its template engine along, so it is loaded only
where the two differ.
"""

from typing import Final

from sqlalchemy import Connection, inspect, text

from catalog_app.settings import ROOT

MIGRATIONS: Final = ROOT / "migrations"
NEWEST: Final = "0022_identity"
"""The newest migration; a test compares it with the files."""
UNFINISHED_RESTORE: Final = "unfinished_restore"
"""The table that stands while a backup of an older schema is put back, which takes several transactions."""

_INDEX_TABLES: Final = "product_search"
"""How the tables of the search index begin: they differ from database to database (products/search)."""


def schema_version(connection: Connection) -> str | None:
    """Return the migration that the database is at, None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def is_half_restored(connection: Connection) -> bool:
    """Return whether a restore was begun that has not come to its end."""
    return inspect(connection).has_table(UNFINISHED_RESTORE)


def is_usable(version: str | None) -> bool:
    """Return whether this code can work on that schema.

    A migration that it does not know is newer: another node was upgraded first, and ours keeps working.
    """
    return version == NEWEST or (version is not None and version not in _known())


def _known() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # see above

    return {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def is_modelled(name: str | None, kind: str) -> bool:
    """Return whether a thing of the database is described by a model; some databases make tables of their own."""
    unmodelled = name in ("alembic_version", UNFINISHED_RESTORE) or (name or "").startswith(_INDEX_TABLES)
    return not (kind == "table" and unmodelled)
