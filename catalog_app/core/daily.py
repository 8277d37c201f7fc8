"""What is counted by day, for charts: over the last 30 days, and honest about where history begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

DAYS: Final = 30


@dataclass(frozen=True)
class DailyCounts:
    """A count for each known day, the oldest first, on an axis of the last DAYS days.

    Days before history began are unknown and left out; a known day on which nothing happened counts zero.
    """

    axis: tuple[date, ...]
    by_day: Mapping[date, int]

    @property
    def total(self) -> int:
        return sum(self.by_day.values())

    @property
    def rows(self) -> list[tuple[date, int]]:
        return list(self.by_day.items())

    @property
    def since(self) -> date | None:
        """Return the first known day where that is later than the axis begins, else None."""
        first = next(iter(self.by_day), None)
        return first if first is not None and first > self.axis[0] else None


def axis_until(today: date) -> tuple[date, ...]:
    """Return the last DAYS days, today last."""
    return tuple(today - timedelta(days=back) for back in reversed(range(DAYS)))


def first_moment(now: datetime) -> datetime:
    """Return the beginning of the oldest day on the axis."""
    return (now - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)


def daily(counts: Mapping[date, int], *, today: date, begins: date | None) -> DailyCounts:
    """Return the counts of the last days; history begins on a day, or has not begun at all."""
    axis = axis_until(today)
    known = [day for day in axis if begins is not None and day >= begins]
    return DailyCounts(axis, {day: counts.get(day, 0) for day in known})
