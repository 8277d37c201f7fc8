"""What a request asks of a list or of one resource: attributes, filters, and a stretch of the list."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from catalog_app.core.errors import RuleError
from catalog_app.core.query import Query, about_the_query
from catalog_app.core.text import clean_text
from catalog_app.tmforum.attributes import READ_ONLY, Attributes
from catalog_app.tmforum.words import status_of

MAX_LIMIT = 500
MAX_REPEATS = 50
_PAGING = ("fields", "offset", "limit")
_MAX_DIGITS = 9

Filters = Mapping[str, tuple[str, ...]]
"""By attribute, the texts of which one has to be what the resource shows."""


@dataclass(frozen=True)
class Asked:
    """A checked question. `limit` is None where the whole list is wanted from `offset` on."""

    filters: Filters
    fields: frozenset[str] | None
    offset: int
    limit: int | None
    is_part: bool
    sees_drafts: bool

    def shown(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes that were asked for, and the id; all where none were."""
        return picked(document, self.fields)


def picked(document: Mapping[str, Any], fields: frozenset[str] | None) -> dict[str, Any]:
    if fields is None:
        return dict(document)
    return {name: value for name, value in document.items() if name in fields or name == "id"}


def list_asked(attributes: Attributes, filters: Collection[str], *, sees_drafts: bool) -> Asked:
    """Return what this request asks of a list; end it with 400 for an unknown filter or attribute."""
    with about_the_query():
        query = Query.taking(*filters, *_PAGING)
        offset, limit = number_in(query, "offset"), number_in(query, "limit")
        return Asked(
            filters={name: _texts(name, query) for name in query.parameters if name not in _PAGING},
            fields=_fields(query, attributes),
            offset=offset or 0,
            limit=_limit(offset, limit),
            is_part=offset is not None or limit is not None,
            sees_drafts=sees_drafts,
        )


def fields_asked(attributes: Attributes) -> frozenset[str] | None:
    """Return the attributes of one resource that this request wants; None for all."""
    with about_the_query():
        return _fields(Query.taking("fields"), attributes)


def moment_written(text: str) -> datetime | None:
    """Return the moment that a filter names, in literal quotes or without; None where it names none."""
    try:
        moment = datetime.fromisoformat(text.removeprefix('"').removesuffix('"'))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def flag_written(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


def number_written(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def state_written(word: str) -> str | None:
    """Return the state that a word stands for; None for a word that nobody could have written."""
    try:
        return status_of(word)
    except RuleError:
        return None


def fits(document: Mapping[str, Any], filters: Filters) -> bool:
    """Return whether what a resource shows is what each filter asks for."""
    return all(any(_is(document.get(name), text) for text in texts) for name, texts in filters.items())


def _is(value: Any, text: str) -> bool:
    if isinstance(value, bool):
        return flag_written(text) is value
    return value is not None and str(value) in {text, text.removeprefix('"').removesuffix('"')}


def _texts(name: str, query: Query) -> tuple[str, ...]:
    texts = tuple(query.parameters[name])
    if len(texts) > MAX_REPEATS:
        raise RuleError({name: f"Use at most {MAX_REPEATS} values."})
    try:
        for text in texts:
            clean_text(text)
    except ValueError as fault:
        raise RuleError({name: str(fault)}) from None
    return texts


def _limit(offset: int | None, limit: int | None) -> int | None:
    if limit is None:
        # A place in the list without a length means a page of it.
        return None if offset is None else MAX_LIMIT
    return min(limit, MAX_LIMIT)


def _fields(query: Query, attributes: Attributes) -> frozenset[str] | None:
    given = [part.strip() for text in query.every("fields") for part in text.split(",")]
    known = {*READ_ONLY, *attributes}
    if unknown := [name for name in given if name and name not in known]:
        raise RuleError({"fields": f"There is no attribute {unknown[0][:50]!r}. There are {', '.join(sorted(known))}."})
    return frozenset(filter(None, given)) or None


def number_in(query: Query, name: str) -> int | None:
    text = query.one(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        raise RuleError({name: "Use a whole number, 0 or more."})
    return int(text)


@contextmanager
def in_our_words(names: Mapping[str, str]) -> Iterator[None]:
    """Name faults of a product's fields by the attributes that a client of this door wrote."""
    try:
        yield
    except RuleError as error:
        raise RuleError({_attribute(field, names): message for field, message in error.errors.items()}) from None


def _attribute(field: str, names: Mapping[str, str]) -> str:
    head = field.partition(".")[0]
    return names.get(head, head)
