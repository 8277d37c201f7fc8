"""How moments, durations and counts are said to people, in their language."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from flask import Flask
from flask_babel import format_date, format_decimal, gettext, ngettext, to_user_timezone

from catalog_app.core.babel import plural_words
from catalog_app.core.clock import utcnow
from catalog_app.core.isolating import spoken
from catalog_app.core.time_zones import zone_asked, zone_chosen, zone_words

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_DAYS_IN_WORDS = 30


def init_app(app: Flask) -> None:
    app.jinja_env.globals["ago_words"] = ago_words
    app.jinja_env.globals["zone_chosen"] = zone_chosen
    for word in (ago, age, ahead, exact, took, figure, short_day, long_day):
        app.jinja_env.filters[word.__name__] = word


def ago(when: datetime, now: datetime | None = None) -> str:
    """Return how long ago a moment was: "just now", "12 min ago", "3 h ago", "4 days ago", then its date."""
    seconds = ((now or utcnow()) - when).total_seconds()
    if seconds < MINUTE:
        return str(gettext("just now"))
    if seconds >= _DAYS_IN_WORDS * DAY:
        return str(format_date(when, "d MMM yyyy"))
    if seconds < HOUR:
        return _minutes_ago(int(seconds // MINUTE))
    if seconds < DAY:
        return _hours_ago(int(seconds // HOUR))
    return str(ngettext("%(num)d day ago", "%(num)d days ago", int(seconds // DAY)))


def ago_words() -> Mapping[str, Any]:
    """Return the same for a browser, which counts on by itself: for each kind of number the words with "{n}" in them."""
    return _ago_words(spoken())


@cache
def _ago_words(_language: str) -> Mapping[str, Any]:
    return {
        "now": str(gettext("just now")),
        "minutes": plural_words(_minutes_ago),
        "hours": plural_words(_hours_ago),
    }


def age(when: datetime, now: datetime | None = None) -> str:
    """Return the same without "ago": "12 min", "3 h", "4 days"."""
    return _age(max(MINUTE, ((now or utcnow()) - when).total_seconds()))


def ahead(when: datetime, now: datetime | None = None) -> str:
    """Return how far away a moment to come is: "in 14 min", "in 3 h", "in 2 days"; "any moment" once it is over."""
    seconds = (when - (now or utcnow())).total_seconds()
    if seconds <= 0:
        return str(gettext("any moment"))
    return str(gettext("in %(age)s", age=_age(max(MINUTE, seconds))))


def exact(when: datetime) -> str:
    """Return a moment to the minute, in the zone that the viewer chose; the browser says it in its own manner."""
    return f"{to_user_timezone(when):%Y-%m-%d %H:%M} {zone_words(zone_asked())}"


def short_day(when: date) -> str:
    """Return a day of the present year: "22 Nov"."""
    return str(format_date(when, "d MMM"))


def long_day(when: datetime) -> str:
    """Return a moment as a headline says it: "Sunday 22 November, 14:09 Riyadh"."""
    return f"{format_date(when, 'EEEE d MMMM')}, {to_user_timezone(when):%H:%M} {zone_words(zone_asked())}"


def took(seconds: float) -> str:
    """Return a duration in at most two units: "under 1 s", "41 s", "1 min 1 s", "2 h 5 min"."""
    whole = round(seconds)
    if not whole:
        return str(gettext("under 1 s"))
    if whole < MINUTE:
        return str(gettext("%(num)d s", num=whole))
    if whole < HOUR:
        minutes, rest = divmod(whole, MINUTE)
        return str(gettext("%(minutes)d min %(seconds)d s", minutes=minutes, seconds=rest))
    hours, rest = divmod(whole, HOUR)
    return str(gettext("%(hours)d h %(minutes)d min", hours=hours, minutes=rest // MINUTE))


def figure(number: float) -> str:
    """Return a number with its thousands set apart."""
    return _figure(number, spoken())


@lru_cache(maxsize=1_000)
def _figure(number: float, _language: str) -> str:
    return str(format_decimal(number))


def _age(seconds: float) -> str:
    if seconds < HOUR:
        return str(ngettext("%(num)d min", "%(num)d min", int(seconds // MINUTE)))
    if seconds < DAY:
        return str(ngettext("%(num)d h", "%(num)d h", int(seconds // HOUR)))
    return str(ngettext("%(num)d day", "%(num)d days", int(seconds // DAY)))


def _minutes_ago(minutes: int) -> str:
    return str(ngettext("%(num)d min ago", "%(num)d min ago", minutes))


def _hours_ago(hours: int) -> str:
    return str(ngettext("%(num)d h ago", "%(num)d h ago", hours))
