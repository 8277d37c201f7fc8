"""When complete runs last saw all that a system has, for answers that show it (products/reads/standing.py)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from catalog_app.core.reader import Reader, moment_of

_MARKS: Final = "SELECT key, last_complete_at FROM system_state WHERE last_complete_at IS NOT NULL"


class CompleteRuns:
    """Reads the marks past SQLAlchemy, as every answer that a write has made old does."""

    def marks(self, reader: Reader) -> Mapping[str, datetime]:
        return {str(key): moment_of(stored) for key, stored in reader.rows(_MARKS)}
