"""What changed, field by field, as people read it: the same lines for a plan, a history and the activity page."""

import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from flask_babel import format_date, format_decimal, gettext

from catalog_app.core.wiring import providers

NOTHING = "\N{EN DASH}"
MAX_SHOWN = 200
AMOUNTS = frozenset({"price", "business_value", "min_customer_value", "max_customer_value"})
# The fields that hold a moment, also inside an object. Any other text that reads like one is still just text.
MOMENTS = frozenset(
    {
        "valid_from", "valid_to", "missing_since", "deleted_at", "last_synced", "source_updated_at",
        "created_at", "updated_at", "expires_at", "revoked_at", "starts_at", "ends_at", "activated_at", "completed_at",
        "withdrawn_at",
    },
)  # fmt: skip
LOCKS = "field_locks"
# What versions of a product are not compared by: who owns a field is told apart from what it says.
BOOKKEEPING = frozenset({LOCKS})


class ValueWords(Protocol):
    """What the rooms that own the fields call their values, such as "Active" for launched; None is no word of theirs."""

    def __call__(self, field: str, value: Any) -> str | None: ...


class FieldWords(Protocol):
    """What the rooms that own the fields call them, such as "Valid until" for valid_to; None is no field of theirs."""

    def __call__(self, field: str) -> str | None: ...


@dataclass(frozen=True)
class FieldDiff:
    """One line: the field, what it said, and what it says now. A nested field is named with a dot.

    `at_source` where it is not the product that changed, but what its source wants of a field that people own.
    """

    field: str
    old: str
    new: str
    at_source: bool = False

    @property
    def label(self) -> str:
        """Return the field as people call it."""
        name = label_of(self.field)
        return str(gettext("%(field)s at the source", field=name)) if self.at_source else name


def label_of(field: str) -> str:
    """Return what people call a field; one that no room knows is named by its own words."""
    known = next((word for words in providers(FieldWords) if (word := words(field)) is not None), None)
    return known or field.replace("_", " ").capitalize()


def field_diffs(before: Mapping[str, Any], after: Mapping[str, Any], *, currency: str | None = None) -> list[FieldDiff]:
    """Return the lines for what differs between two sets of JSON values; amounts carry the currency if it is given."""
    lines: list[FieldDiff] = []
    fields = dict.fromkeys((*before, *after))
    for field in fields:
        for path, old, new in _leaves(field, *_parts(before.get(field), after.get(field))):
            if old != new and field != LOCKS:
                lines.append(FieldDiff(path, said(path, old, currency), said(path, new, currency)))
    if LOCKS in fields:
        lines += _ownership(before.get(LOCKS) or {}, after.get(LOCKS) or {}, told=fields, currency=currency)
    return lines


def _ownership(
    before: Mapping[str, Any], after: Mapping[str, Any], *, told: Container[str], currency: str | None
) -> Iterator[FieldDiff]:
    """Yield what changed about who owns a field, and what the source wants of a field that people own."""
    for field in dict.fromkeys((*before, *after)):
        was, is_now = before.get(field, {}), after.get(field, {})
        if was.get("theirs") != is_now.get("theirs") and is_now:
            wanted, wants = said(field, was.get("theirs"), currency), said(field, is_now.get("theirs"), currency)
            yield FieldDiff(field, wanted, wants, at_source=True)
        elif bool(was) != bool(is_now) and field not in told:
            source, people = str(gettext("follows the source")), str(gettext("yours"))
            yield FieldDiff(field, people if was else source, source if was else people)


def said(field: str, value: Any, currency: str | None = None) -> str:
    """Return one JSON value as text for people."""
    if value is None or value in ("", [], {}):
        return NOTHING
    text = _words(field, value) or _plain(field, value, currency)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _plain(field: str, value: Any, currency: str | None) -> str:
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, int | float):
        return str(format_decimal(value))
    return _text(field, value, currency) if isinstance(value, str) else _listed(value)


def _text(field: str, value: str, currency: str | None) -> str:
    if field in AMOUNTS:
        amount = _amount(value)
        return f"{currency} {amount}" if currency and field == "price" else amount
    is_moment = field.rpartition(".")[2] in MOMENTS
    return (_moment(value) if is_moment else None) or value


def _words(field: str, value: Any) -> str | None:
    return next((word for words in providers(ValueWords) if (word := words(field, value)) is not None), None)


def _amount(value: str) -> str:
    try:
        return str(format_decimal(Decimal(value), format="#,##0.00##"))
    except InvalidOperation:
        return value


def _moment(value: str) -> str | None:
    """Return a moment as its day, with the time unless it is midnight; None for what is none."""
    if len(value) < len("2026-01-01T00:00Z"):
        return None
    try:
        moment = datetime.fromisoformat(value)
        # To show it in the reader's time zone may lead out of the years that there are.
        day = str(format_date(moment, "d MMM yyyy"))
    except (ValueError, OverflowError):
        return None
    return day if (moment.hour, moment.minute) == (0, 0) else f"{day} {moment:%H:%M}"


def _listed(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _parts(old: Any, new: Any) -> tuple[Any, Any]:
    """Return two lists of objects without the objects that both hold, so that one changed price is told alone."""
    if not (_is_list_of_objects(old) and _is_list_of_objects(new)):
        return old, new
    left = [entry for entry in old if entry not in new], [entry for entry in new if entry not in old]
    return left if any(left) else (old, new)


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _leaves(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield what differs inside an object key by key, so that one changed feature is one line."""
    objects = isinstance(old, dict | None) and isinstance(new, dict | None)
    if not objects or not (old or new) or any(value and _words(path, value) for value in (old, new)):
        yield path, old, new
        return
    old, new = old or {}, new or {}
    for key in dict.fromkeys((*old, *new)):
        yield from _leaves(f"{path}.{key}", old.get(key), new.get(key))
