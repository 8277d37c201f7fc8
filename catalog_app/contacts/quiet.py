"""Quiet hours: when customers want no message, by the clock on their wall."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from catalog_app.core.errors import Sentence

LEAST_OPEN = timedelta(hours=2)
"""So much of a day must stay, or a message could wait for more than one."""
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def not_before(quiet_from: str | None, quiet_to: str | None, zone: str, now: datetime) -> datetime | None:
    """Return the first moment (UTC) after `now` that lies outside the quiet hours; None where `now` does already.

    The hours are local ones of `zone`, such as "21:00" to "09:00": from the first on, up to the second. Where the clock
    is put forward over the end of them, they end at that moment; where it is put back, an hour that comes twice is
    quiet twice. Raises ZoneInfoNotFoundError or ValueError for what is no zone.
    """
    if quiet_from is None or quiet_to is None:
        return None
    hours = _hours(quiet_from, quiet_to)
    where = ZoneInfo(zone)
    if not _is_quiet(hours, where, now):
        return None
    today = now.astimezone(where).date()
    return min(end for end in _ends(hours[1], where, today) if end > now and not _is_quiet(hours, where, end))


def checked_hours(quiet_from: str | None, quiet_to: str | None) -> None:
    """Raise ValueError unless these are quiet hours, or none at all. Each is a time that `is_time` takes."""
    if (quiet_from is None) != (quiet_to is None):
        raise ValueError(Sentence("Give both ends of the quiet hours, or neither."))
    if quiet_from is None or quiet_to is None:
        return
    start, end = (datetime.combine(date.min, local) for local in _hours(quiet_from, quiet_to))
    if start == end or (start - end) % _DAY < LEAST_OPEN:
        raise ValueError(Sentence("Leave at least two hours of the day open."))


def is_time(text: str) -> bool:
    """Return whether this is a time of the day as quiet hours have it: "09:00"."""
    hours, colon, minutes = text.partition(":")
    is_written = text.isascii() and len(hours) == len(minutes) == len("00") and bool(colon)
    return is_written and hours.isdecimal() and minutes.isdecimal() and hours < "24" and minutes < "60"


@cache
def zone_names() -> frozenset[str]:
    """Return every zone that is known here."""
    return frozenset(available_timezones())


@lru_cache(maxsize=1_000)
def _hours(quiet_from: str, quiet_to: str) -> tuple[time, time]:
    return time.fromisoformat(quiet_from), time.fromisoformat(quiet_to)


def _is_quiet(hours: tuple[time, time], where: ZoneInfo, at: datetime) -> bool:
    start, end = hours
    local = at.astimezone(where).time()
    return start <= local < end if start <= end else local >= start or local < end


def _ends(end: time, where: ZoneInfo, today: date) -> Iterator[datetime]:
    """Yield the moments at which the clock shows the end, today and on the next days.

    One day more than one would think: there are zones that once left a day out.
    """
    for days in range(3):
        local = datetime.combine(today + timedelta(days=days), end, where)
        first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        if second < first:
            # The clock never shows this time: it is put forward over it, between the two readings of it.
            yield _change_between(second, first, where)
        else:
            yield first
            yield second


def _change_between(before: datetime, after: datetime, where: ZoneInfo) -> datetime:
    """Return the moment at which the clock is changed; it is a whole minute everywhere."""
    offset = after.astimezone(where).utcoffset()
    minutes = range((after - before) // _MINUTE + 1)
    passed = bisect_left(
        minutes, 1, key=lambda minute: (before + minute * _MINUTE).astimezone(where).utcoffset() == offset
    )
    return before + passed * _MINUTE
