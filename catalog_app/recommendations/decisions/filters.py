"""The filters of the decision log: declared once, and used by pages, JSON and the download alike."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select

from catalog_app.contacts.models import CUSTOMER_LENGTH
from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.json_sql import json_array_has_object
from catalog_app.products.field_types import MAX_INT
from catalog_app.products.filter_kinds import END, MOMENT, Kind, one_of, text_of
from catalog_app.products.terms import CHANNELS
from catalog_app.recommendations.models import BASES, Decision

NO_ARM: Final = "none"
"""How an address asks for decisions without exploration."""
_HASH: Final = re.compile(rf"[0-9a-f]{{{CUSTOMER_LENGTH}}}")
_DIGITS: Final = len(str(MAX_INT))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= MAX_INT):
        raise ValueError(Fault("malformed", "Use a whole number, such as 18."))
    return int(text)


def _hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise ValueError(Fault("malformed", "Use the hash of a customer, 32 digits and letters from a to f."))
    return text


def _same(column: Any) -> Callable[[Any], ColumnElement[bool]]:
    return lambda value: column == value


def _in_arm(value: str) -> ColumnElement[bool]:
    return Decision.arm.is_(None) if value == NO_ARM else Decision.arm == value


@dataclass(frozen=True)
class Filter:
    """One way to narrow the log."""

    kind: Kind
    condition: Callable[[Any], ColumnElement[bool]]


FILTERS: Final[Mapping[str, Filter]] = {
    "since": Filter(MOMENT, lambda value: Decision.decided_at >= value),
    "until": Filter(END, lambda value: Decision.decided_at <= value),
    "channel": Filter(one_of(CHANNELS), _same(Decision.channel)),
    "context": Filter(text_of(50), _same(Decision.context)),
    "basis": Filter(one_of(BASES), _same(Decision.basis)),
    "arm": Filter(text_of(20), _in_arm),
    "model_version": Filter(Kind("number", _number), _same(Decision.model_version)),
    "product_id": Filter(Kind("product", _number), lambda value: json_array_has_object(Decision.offers, "product_id", value)),
    "customer": Filter(Kind("hash", _hash), _same(Decision.customer)),
}  # fmt: skip


@dataclass(frozen=True)
class DecisionFilters:
    """The filters of one request, checked: by name, as they were written and as values."""

    texts: Mapping[str, str]
    values: Mapping[str, Any]

    def __bool__(self) -> bool:
        return bool(self.texts)

    def narrow(self, statement: Select[Any]) -> Select[Any]:
        """Return the select with every filter applied."""
        return statement.where(*(FILTERS[name].condition(value) for name, value in self.values.items()))

    def query(self, **also: str | None) -> str:
        """Return the query string that asks for the same, with something else chosen; None leaves a filter out."""
        chosen = {**self.texts, **also}
        return urlencode({name: text for name, text in chosen.items() if text})

    def moment(self, name: str) -> datetime | None:
        found: datetime | None = self.values.get(name)
        return found


def parse_filters(given: Mapping[str, str], *, ignore_faulty: bool = False) -> DecisionFilters:
    """Return the filters of a query; raise RuleError with every fault at once. Blank values count as absent.

    With `ignore_faulty` a value that cannot be used is passed over, which is how a page reads an address. Parameters
    of no filter always are.
    """
    texts: dict[str, str] = {}
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, declared in FILTERS.items():
        text = (given.get(name) or "").strip()
        if not text:
            continue
        try:
            values[name] = declared.kind.parse(text)
        except ValueError as error:
            faults[name] = error.args[0]
        else:
            texts[name] = text
    if faults and not ignore_faulty:
        raise RuleError(faults)
    return DecisionFilters(texts, values)
