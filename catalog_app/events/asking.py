"""What the address of the activity page asks for: read carefully, written back the same, and said in chips."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from flask import request, url_for
from flask_babel import gettext, lazy_gettext, to_utc
from werkzeug.datastructures import MultiDict

from catalog_app.core.wiring import providers
from catalog_app.events.activity import ACTORS, ActivityFilter
from catalog_app.events.words import ACTIONS, SUBJECTS, action_words, subject_words

MAX_ID: Final = 2**31 - 1
MAX_TEXT: Final = 200
_WORDS: Final = ("kind", "actor", "name", "subject_type", "action", "field", "system")
_NUMBERS: Final = ("subject_id", "run_id", "edit_plan_id")
ACTOR_KINDS: Final[Mapping[str, Any]] = {
    "people": lazy_gettext("People"),
    "syncs": lazy_gettext("Syncs"),
    "programs": lazy_gettext("Programs"),
    "commands": lazy_gettext("Command line"),
}


class FieldChoices(Protocol):
    """Knows the fields that changes can be looked for by, with what people call them."""

    def __call__(self) -> Sequence[tuple[str, str]]: ...


@dataclass(frozen=True)
class Chip:
    """One filter that is on, and the address of the page without it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class Asked:
    """The parameters of the address that mean something, as they stand in it, and what they narrow to."""

    texts: Mapping[str, str]
    wanted: ActivityFilter

    def url(self, **also: int) -> str:
        """Return the address of this list, at another place."""
        return _url({**self.texts, **{name: str(value) for name, value in also.items()}})

    @property
    def query(self) -> str:
        return urlencode(self.texts)

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def without(self, *names: str) -> str:
        """Return the address without some of its filters."""
        return _url({key: value for key, value in self.texts.items() if key not in names})


def asked(fields: Sequence[tuple[str, str]], systems: Mapping[str, str]) -> Asked:
    """Return what the present address asks for; what cannot be meant is passed over."""
    texts = dict(_texts(request.args, {name for name, _ in fields}, set(systems)))
    words: dict[str, Any] = {name: texts[name] for name in _WORDS if name in texts}
    numbers: dict[str, Any] = {name: int(texts[name]) for name in _NUMBERS if name in texts}
    until = _begin(texts.get("until"), days_later=1)
    return Asked(texts, ActivityFilter(**words, **numbers, since=_begin(texts.get("from")), until=until))


def number_asked(name: str) -> int | None:
    """Return a number of the address, None where it is none that a row can have."""
    return _number(request.args, name)


def field_choices() -> list[tuple[str, str]]:
    """Return the fields that changes can be looked for by."""
    return [choice for choices in providers(FieldChoices) for choice in choices()]


def chips(asked: Asked, fields: Sequence[tuple[str, str]], systems: Mapping[str, str]) -> list[Chip]:
    """Return the filters that no control in view tells of."""
    return list(_chips(asked, dict(fields), systems))


def _chips(asked: Asked, fields: Mapping[str, str], systems: Mapping[str, str]) -> Iterator[Chip]:
    texts = asked.texts
    if "subject_id" in texts:
        kind = subject_words(texts["subject_type"]) if "subject_type" in texts else gettext("Thing")
        yield Chip(kind, f"#{texts['subject_id']}", asked.without("subject_id"))
    said: dict[str, tuple[str, Callable[[str], str]]] = {
        "action": (gettext("Change"), action_words),
        "field": (gettext("Field"), lambda name: fields.get(name, name)),
        "system": (gettext("System"), lambda key: systems.get(key, key)),
        "from": (gettext("From"), str),
        "until": (gettext("Until"), str),
        "run_id": (gettext("Sync run"), str),
        "edit_plan_id": (gettext("Plan"), str),
    }
    for name, (label, words) in said.items():
        if name in texts:
            yield Chip(label, words(texts[name]), asked.without(name))


def _texts(args: MultiDict[str, str], fields: set[str], systems: set[str]) -> Iterator[tuple[str, str]]:
    known: Mapping[str, Any] = {
        "kind": ACTORS, "subject_type": SUBJECTS, "action": ACTIONS, "field": fields, "system": systems,
    }  # fmt: skip
    for name in ("name", "actor", *known):
        # A NUL, which no name holds and one of the databases refuses, is dropped.
        text = args.get(name, "").replace("\x00", "").strip()[:MAX_TEXT]
        if text and (name not in known or text in known[name]):
            yield name, text
    for name in ("from", "until"):
        if day := _day(args.get(name, "")):
            yield name, day.isoformat()
    for name in _NUMBERS:
        if number := _number(args, name):
            yield name, str(number)


def _number(args: MultiDict[str, str], name: str) -> int | None:
    number = args.get(name, type=int)
    return None if number is None or not 0 < number <= MAX_ID else number


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # A day on either side of it must exist, in every time zone.
    return day if date(1970, 1, 2) <= day < date(9999, 1, 1) else None


def _begin(text: str | None, *, days_later: int = 0) -> datetime | None:
    """Return when a day, or one some days later, begins where the reader is."""
    if text is None:
        return None
    midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=days_later), time())
    begin: datetime = to_utc(midnight)
    return begin.replace(tzinfo=UTC)


def _url(texts: Mapping[str, str]) -> str:
    values: dict[str, Any] = {**texts}
    return url_for("events.index", **values)
