"""How moments, durations and counts are said to people, in their language."""

from datetime import date, datetime

from flask import Flask
from flask_babel import format_date, format_decimal, gettext, ngettext

from catalog_app.core.clock import utcnow

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_DAYS_IN_WORDS = 30


def init_app(app: Flask) -> None:
    for word in (ago, age, ahead, exact, took, figure, short_day, long_day):
        app.jinja_env.filters[word.__name__] = word


def ago(when: datetime, now: datetime | None = None) -> str:
    """Return how long ago a moment was: "just now", "12 min ago", "3 h ago", "4 days ago", then its date."""
    seconds = ((now or utcnow()) - when).total_seconds()
    if seconds < MINUTE:
        return str(gettext("just now"))
    if seconds >= _DAYS_IN_WORDS * DAY:
        return str(format_date(when, "d MMM yyyy"))
    return str(gettext("%(age)s ago", age=_age(seconds)))


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
    """Return a moment to the minute, in UTC; the browser shows it in the viewer's own zone."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def short_day(when: date) -> str:
    """Return a day of the present year: "22 Nov"."""
    return str(format_date(when, "d MMM"))


def long_day(when: datetime) -> str:
    """Return a moment as a headline says it: "Sunday 22 November, 14:09 UTC"."""
    return f"{format_date(when, 'EEEE d MMMM')}, {when:%H:%M} UTC"


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
    return str(format_decimal(number))


def _age(seconds: float) -> str:
    if seconds < HOUR:
        return str(gettext("%(num)d min", num=int(seconds // MINUTE)))
    if seconds < DAY:
        return str(gettext("%(num)d h", num=int(seconds // HOUR)))
    return str(ngettext("%(num)d day", "%(num)d days", int(seconds // DAY)))
