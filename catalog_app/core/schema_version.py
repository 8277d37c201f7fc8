"""Which schema this code expects, and which one the database has.

A worker asks at its start and at every /readyz. Alembic would bring its template engine along, so it is loaded only
where the two differ.
"""

from typing import Final

from sqlalchemy import Connection, inspect, text

from catalog_app.settings import ROOT

MIGRATIONS: Final = ROOT / "migrations"
NEWEST: Final = "0021_recommendations"
"""The newest migration; a test compares it with the files."""

_INDEX_TABLES: Final = "product_search"
"""How the tables of the search index begin: they differ from database to database (products/search)."""


def schema_version(connection: Connection) -> str | None:
    """Return the migration that the database is at, None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


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
    unmodelled = name == "alembic_version" or (name or "").startswith(_INDEX_TABLES)
    return not (kind == "table" and unmodelled)
