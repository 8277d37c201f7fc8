"""The `date` filter: "%-d %b" in the customer's language. Each directive is one of a list, and none has a width."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.figures import names_of, zone_of
from catalog_app.campaigns.messages.values import plain_text
from catalog_app.core.errors import Sentence

MAX_FORMAT: Final = 100
_DIRECTIVE: Final = re.compile(r"%(-?[a-zA-Z]|.?)", re.DOTALL)
_LONGEST_DATE: Final = 40

_SAYS: Final[Mapping[str, Callable[[datetime, str], str]]] = {
    "d": lambda moment, _: f"{moment.day:02}",
    "-d": lambda moment, _: str(moment.day),
    "e": lambda moment, _: str(moment.day),
    "m": lambda moment, _: f"{moment.month:02}",
    "-m": lambda moment, _: str(moment.month),
    "b": lambda moment, language: names_of(language).short_months[moment.month - 1],
    "B": lambda moment, language: names_of(language).months[moment.month - 1],
    "a": lambda moment, language: names_of(language).short_days[moment.weekday()],
    "A": lambda moment, language: names_of(language).days[moment.weekday()],
    "y": lambda moment, _: f"{moment.year % 100:02}",
    "Y": lambda moment, _: str(moment.year),
    "H": lambda moment, _: f"{moment.hour:02}",
    "-H": lambda moment, _: str(moment.hour),
    "I": lambda moment, _: f"{moment.hour % 12 or 12:02}",
    "-I": lambda moment, _: str(moment.hour % 12 or 12),
    "M": lambda moment, _: f"{moment.minute:02}",
    "p": lambda moment, _: "AM" if moment.hour < 12 else "PM",  # noqa: PLR2004  # noon
    "%": lambda _moment, _: "%",
}
DIRECTIVES: Final = tuple(f"%{directive}" for directive in _SAYS)


def said(value: Any, format_: Any, *, language: str, zone: str) -> str:
    """Return a date or a moment in this format and language; a moment in this zone."""
    moment = _moment(plain_text(value), zone)
    wanted = plain_text(format_)
    if len(wanted) > MAX_FORMAT:
        raise TemplateError(Sentence("Use at most %(most)s characters for a date.", most=MAX_FORMAT))
    return _DIRECTIVE.sub(lambda found: _directive(found.group(1))(moment, language), wanted)


def _directive(name: str) -> Callable[[datetime, str], str]:
    says = _SAYS.get(name)
    if says is None:
        raise TemplateError(
            Sentence('A date has no "%(directive)s". Use %(known)s.', directive=f"%{name}", known=" ".join(DIRECTIVES))
        )
    return says


def _moment(text: str, zone: str) -> datetime:
    try:
        if len(text) <= len("2026-12-31"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(text[: _LONGEST_DATE + 1])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone_of(zone))
    except (ValueError, OverflowError):
        raise TemplateError(Sentence('"%(text)s" is not a date.', text=text[:_LONGEST_DATE])) from None
