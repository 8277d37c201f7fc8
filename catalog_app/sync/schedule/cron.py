"""Cron expressions as operators write them, turned into what APScheduler reads.

Two things differ between programs that call themselves cron. Weekdays: everywhere 0 and 7 are Sunday, in APScheduler 0
is Monday; so they are passed on by name. A day of the month together with a weekday: some take either, some want both;
so that is refused.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from apscheduler.triggers.cron import CronTrigger

from catalog_app.core.errors import RuleError, Sentence

FIELDS: Final = ("minute", "hour", "day of the month", "month", "weekday")
_MOST_LETTERS: Final = 100
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES: Final = {"month": _MONTHS, "weekday": _WEEKDAYS}
_BOUNDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PART: Final = re.compile(r"(?:(?P<any>\*)|(?P<first>[a-z0-9]+)(?:-(?P<last>[a-z0-9]+))?)(?:/(?P<step>[0-9]{1,2}))?")


@dataclass(frozen=True)
class Crontab:
    """A checked expression. `minutes` and the others are the numbers it names; None where a field is `*`."""

    minutes: tuple[int, ...] | None
    hours: tuple[int, ...] | None
    days: tuple[int, ...] | None
    months: tuple[int, ...] | None
    # 0 is Sunday.
    weekdays: tuple[int, ...] | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the expression, or raise RuleError with a sentence for `sync_frequency`."""
        words = text.casefold().split()
        if len(text) > _MOST_LETTERS or len(words) != len(FIELDS):
            raise _refused(
                Sentence(
                    "Choose realtime, hourly, daily, weekly or manual, or write a cron expression of five fields, such as 30 2 * * 1-5: minute, hour, day of the month, month, weekday."
                )
            )
        minutes, hours, days, months, weekdays = (_numbers(place, word) for place, word in enumerate(words))
        if days is not None and weekdays is not None:
            raise _refused(
                Sentence(
                    "Give a day of the month or a weekday, not both: some programs take either of them, some want both."
                )
            )
        return cls(minutes, hours, days, months, weekdays)

    @property
    def expression(self) -> str:
        """Return it in APScheduler's words."""
        named = None if self.weekdays is None else [_WEEKDAYS[day] for day in self.weekdays]
        fields = (self.minutes, self.hours, self.days, self.months, named)
        return " ".join("*" if field is None else ",".join(map(str, field)) for field in fields)

    @property
    def trigger(self) -> CronTrigger:
        """Return a trigger that keeps to UTC; which zone's wall clock that stands for is the caller's business."""
        return CronTrigger.from_crontab(self.expression, timezone="UTC")

    @property
    def runs_through_hours(self) -> bool:
        return self.hours is None


def _numbers(place: int, word: str) -> tuple[int, ...] | None:
    """Return the numbers that one field names, in order; None for `*`."""
    if word == "*":
        return None
    found = {number for part in word.split(",") for number in _part(place, part)}
    if FIELDS[place] == "weekday":
        found = {number % len(_WEEKDAYS) for number in found}
    return tuple(sorted(found))


def _part(place: int, text: str) -> range:
    match = _PART.fullmatch(text)
    if match is None:
        raise _unreadable(place, text)
    low, high = _BOUNDS[place]
    is_weekday = FIELDS[place] == "weekday"
    # Sunday has two numbers; who steps through the week means one of them.
    end = high - 1 if is_weekday else high
    step = int(match["step"] or 1)
    first = low if match["any"] else _number(place, match["first"])
    # "5/15" means from 5 on to the end; "5" alone only 5.
    last = _number(place, match["last"]) if match["last"] else end if match["any"] or match["step"] else first
    if is_weekday and match["last"] and last == 0 < first:
        last = high
    if not (low <= first <= last <= high and step > 0):
        raise _unreadable(place, text)
    return range(first, last + 1, step)


def _number(place: int, word: str) -> int:
    low, _ = _BOUNDS[place]
    names = _NAMES.get(FIELDS[place], ())
    if word in names:
        return low + names.index(word)
    if not (word.isascii() and word.isdecimal()):
        raise _unreadable(place, word)
    return int(word)


def _unreadable(place: int, text: str) -> RuleError:
    low, high = _BOUNDS[place]
    return _refused(
        Sentence(
            "The %(fields)s %(text)r cannot be read; it goes from %(low)s to %(high)s.",
            fields=FIELDS[place],
            text=text,
            low=low,
            high=high,
        )
    )


def _refused(sentence: str) -> RuleError:
    return RuleError({"sync_frequency": sentence})
