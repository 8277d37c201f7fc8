"""Up to when a source has been read, by its own times of change."""

from collections.abc import Iterable
from datetime import datetime

from catalog_app.sync.connectors.records import RawRecord


class HighWaterMark:
    """The newest time of change that a listing names, but none past a record that must be seen again.

    A time that lies after `now` moves nothing: a clock that is ahead at the source would hide every later change.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._newest: datetime | None = None
        self._oldest_left: datetime | None = None
        self._is_unknown = False

    def saw_all(self, records: Iterable[RawRecord]) -> None:
        """Note the times of a page. Where all are written alike, in UTC, text is in the order of time: one is read."""
        told = {record.updated_as_sent: record for record in records}
        told.pop(None, None)
        if len({(type(text), len(text), text[-1:]) if isinstance(text, str) else (None, 0, "") for text in told}) == 1:
            last = max(told)
            newest = told[last].source_updated_at
            if isinstance(last, str) and last.endswith("Z") and newest is not None and newest <= self._now:
                self.saw(newest)
                return
        for record in told.values():
            self.saw(record.source_updated_at)

    def saw(self, updated_at: datetime | None) -> None:
        if updated_at is None or updated_at > self._now:
            return
        if self._newest is None or updated_at > self._newest:
            self._newest = updated_at

    def left(self, updated_at: datetime | None) -> None:
        """Note a record that this run leaves; without a time of its own, nobody knows from when on to read again."""
        if updated_at is None:
            self._is_unknown = True
        elif self._oldest_left is None or updated_at < self._oldest_left:
            self._oldest_left = updated_at

    @property
    def value(self) -> datetime | None:
        if self._is_unknown or self._newest is None:
            return None
        return self._newest if self._oldest_left is None else min(self._newest, self._oldest_left)
