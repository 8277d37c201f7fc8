"""How often something is due: five words and cron expressions, read on the wall clock of a time zone.

Every frequency is a cron expression in the end. What names its hours is due once on each day that it names, also on
the two odd days of a year: an hour that the clocks leave out comes right after the gap, an hour that they show twice
counts the first time. What runs through the hours (every minute, hourly, every quarter) follows real time instead.
"""

import hashlib
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from babel.dates import get_day_names
from flask_babel import get_locale, gettext

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.sync.schedule.cron import Crontab

REALTIME: Final = "realtime"
HOURLY: Final = "hourly"
DAILY: Final = "daily"
WEEKLY: Final = "weekly"
MANUAL: Final = "manual"

WORDS: Final[dict[str, str]] = {
    REALTIME: "* * * * *",
    HOURLY: "0 * * * *",
    # In the small hours, and outside the one that most zones leave out or show twice.
    DAILY: "0 3 * * *",
    WEEKLY: "0 3 * * mon",
}
"""What the words mean. `manual` means never."""

_JITTER_SHARE: Final = 0.1
_JITTER_MOST: Final = timedelta(minutes=5)
# Who writes an expression means the minute that it says; a few seconds part systems that say the same.
_JITTER_OF_CRON: Final = timedelta(seconds=10)
# No zone was ever set forward by more than a day at once; nearly all of them go by one hour.
_WIDEST_GAP: Final = timedelta(hours=25)
_INSTANT: Final = timedelta(microseconds=1)
_LENGTHS: Final[dict[str, timedelta]] = {
    REALTIME: timedelta(minutes=1),
    HOURLY: timedelta(hours=1),
    DAILY: timedelta(days=1),
    WEEKLY: timedelta(days=7),
}


def check_frequency(text: str, time_zone: str) -> None:
    """Accept a frequency and its time zone, or raise RuleError with a sentence for `sync_frequency` or `time_zone`."""
    zone_named(time_zone)
    if text in WORDS or text == MANUAL:
        return
    crontab = Crontab.parse(text)
    if _trigger(crontab).get_next_fire_time(None, datetime.min.replace(tzinfo=UTC)) is None:
        raise RuleError(
            {"sync_frequency": Sentence("No date ever fits this expression; look at its day and its month.")}
        )


def next_due(frequency: str, time_zone: str, after: datetime, key: str) -> datetime | None:
    """Return the first moment after `after` at which the frequency is due; None for `manual`.

    Each system (`key`) is a little later than the full minute, always by the same: at most a tenth of the interval and
    five minutes, ten seconds for a cron expression; so that systems are not all read at once. All frequencies of a
    system are late alike, so that what is due at the same time shares a run; without a key it is sharp. Raises
    RuleError for what `check_frequency` refuses.
    """
    if frequency == MANUAL:
        return None
    late = _jitter(frequency, key)
    crontab = Crontab.parse(WORDS.get(frequency, frequency))
    slot = _next_slot(crontab, zone_named(time_zone), after.astimezone(UTC) - late)
    return None if slot is None else slot + late


def words(frequency: str, time_zone: str) -> str:
    """Return the frequency as people say it, such as "daily at 03:00 Riyadh time"."""
    if frequency == MANUAL:
        return str(gettext("only when asked for"))
    if frequency == REALTIME:
        return str(gettext("every minute"))
    if frequency == HOURLY:
        return str(gettext("hourly"))
    crontab = Crontab.parse(WORDS.get(frequency, frequency))
    return _words_of(crontab, frequency, _place(time_zone))


def interval(frequency: str, time_zone: str, now: datetime) -> timedelta:
    """Return how far apart the next two due times are; a day where there is no second one."""
    first = next_due(frequency, time_zone, now, "")
    second = next_due(frequency, time_zone, first, "") if first else None
    return second - first if first and second else timedelta(days=1)


def _words_of(crontab: Crontab, text: str, place: str) -> str:
    """Say a fixed time of day in words; of anything less plain, give the expression itself."""
    fixed = crontab.minutes and crontab.hours and len(crontab.minutes) == len(crontab.hours) == 1
    if not (fixed and crontab.minutes and crontab.hours) or crontab.days or crontab.months:
        return str(gettext("by %(expression)s, %(place)s", expression=text, place=place))
    clock = f"{crontab.hours[0]:02}:{crontab.minutes[0]:02}"
    if crontab.weekdays is None:
        return str(gettext("daily at %(clock)s %(place)s", clock=clock, place=place))
    days = ", ".join(
        get_day_names("abbreviated", locale=get_locale() or "en")[(day - 1) % 7] for day in crontab.weekdays
    )
    return str(gettext("%(days)s at %(clock)s %(place)s", days=days, clock=clock, place=place))


def _place(time_zone: str) -> str:
    """Return what people call the time of a zone: by the city of Asia/Riyadh."""
    city = time_zone.rpartition("/")[2].replace("_", " ")
    return "UTC" if city == "UTC" else str(gettext("%(city)s time", city=city))


def zone_named(name: str) -> tzinfo:
    """Return the time zone, or raise RuleError."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise RuleError(
            {"time_zone": Sentence("There is no time zone %(name)r; name one such as UTC or Asia/Riyadh.", name=name)}
        ) from None


def _next_slot(crontab: Crontab, zone: tzinfo, after: datetime) -> datetime | None:
    find = _next_of_any_hour if crontab.runs_through_hours else _next_of_named_hours
    return find(_trigger(crontab), zone, after)


def _next_of_named_hours(trigger: CronTrigger, zone: tzinfo, after: datetime) -> datetime | None:
    """Return the next slot of an expression that names its hours: each wall time once, whatever the clocks do."""
    wall = after.astimezone(zone).replace(tzinfo=None, fold=0) - _WIDEST_GAP
    while (found := _first_on_wall(trigger, wall)) is not None:
        # The first of two; and of a wall time that there is not, what it would have been without the change.
        moment = found.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment > after:
            return moment
        wall = found + _INSTANT
    return None


def _next_of_any_hour(trigger: CronTrigger, zone: tzinfo, after: datetime) -> datetime | None:
    """Return the next slot of an expression that runs through the hours: one stretch of equal offset after another."""
    start = after + _INSTANT
    while True:
        stretch = timezone(start.astimezone(zone).utcoffset() or timedelta())
        found = _first_on_wall(trigger, start.astimezone(stretch).replace(tzinfo=None))
        if found is None:
            return None
        moment = found.replace(tzinfo=stretch).astimezone(UTC)
        change = _first_change(zone, start, moment)
        if change is None:
            return moment
        start = change


def _first_change(zone: tzinfo, start: datetime, end: datetime) -> datetime | None:
    """Return the first full minute in (start, end] with another offset than `start`; None where it never changes."""
    before = start.astimezone(zone).utcoffset()
    low = start
    # Steps shorter than the time between two changes of a zone; Morocco's are a month apart.
    while low < end:
        high = min(low + timedelta(days=7), end)
        if high.astimezone(zone).utcoffset() != before:
            break
        low = high
    else:
        return None
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def _first_on_wall(trigger: CronTrigger, start: datetime) -> datetime | None:
    """Return the first wall time from `start` on, on a wall whose clock is never changed."""
    found = trigger.get_next_fire_time(None, start.replace(tzinfo=UTC))
    return None if found is None else found.replace(tzinfo=None)


@lru_cache(maxsize=256)
def _trigger(crontab: Crontab) -> CronTrigger:
    return crontab.trigger


def _jitter(frequency: str, key: str) -> timedelta:
    if not key:
        return timedelta()
    most = _JITTER_OF_CRON
    if frequency in _LENGTHS:
        most = min(_LENGTHS[frequency] * _JITTER_SHARE, _JITTER_MOST)
    share = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) / 2**32
    return timedelta(seconds=round(share * most.total_seconds(), 1))
