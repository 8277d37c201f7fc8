"""When complete runs last saw all that a system has, for answers that show it (products/reads/standing.py)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from catalog_app.core.reader import Reader

_MARKS: Final = "SELECT key, last_complete_at FROM system_state WHERE last_complete_at IS NOT NULL"


class CompleteRuns:
    """Reads the marks past SQLAlchemy, as every answer that a write has made old does."""

    def marks(self, reader: Reader) -> Mapping[str, datetime]:
        return {str(key): _moment(stored) for key, stored in reader.rows(_MARKS)}


def _moment(stored: datetime | str) -> datetime:
    """Return what the driver gives as a moment in UTC; on SQLite that is text without a time zone."""
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    return stored.astimezone(UTC)
