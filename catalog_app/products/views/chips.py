"""The filters that are on, in words, each with the address without it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext, ngettext

from catalog_app.core.clock import utcnow
from catalog_app.products.filter_conditions import ANYONE
from catalog_app.products.filters import ActiveFilter
from catalog_app.products.formatting import since_day
from catalog_app.products.labels import term
from catalog_app.products.views.list_state import ListState

_PRICE = ("currency", "min_price", "max_price")
_ENDS = ("ends_from", "ends_until")

Words = Mapping[str, Mapping[str, str]]
"""How the values of those filters are said that are data, by filter."""


@dataclass(frozen=True)
class FilterChip:
    """One filter that is on, with its values in words and the address without it."""

    label: Any
    text: str
    url: str


def chips(state: ListState, words: Words) -> list[FilterChip]:
    """Return one chip for each filter; the ends of a range share one."""
    active = {one.filter.name: one for one in state.filters.active}
    return [*_plain(state, active, words), *_ranges(state, active)]


def _plain(state: ListState, active: Mapping[str, ActiveFilter], words: Words) -> Iterator[FilterChip]:
    together = (*_ENDS, *(_PRICE if {"min_price", "max_price"} & active.keys() else ()))
    for name, one in active.items():
        if name not in together:
            said = ", ".join(_said(name, text, words) for text in one.texts)
            yield FilterChip(one.filter.label, said, state.without(name))


def _said(name: str, text: str, words: Words) -> str:
    if name == "changed_days":
        return str(ngettext("last %(num)d day", "last %(num)d days", int(text)))
    if name == "locked_by":
        return str(gettext("anyone")) if text == ANYONE else text
    return words.get(name, {}).get(text) or term(text)


def _ranges(state: ListState, active: Mapping[str, ActiveFilter]) -> Iterator[FilterChip]:
    low, high = (_first(active, name) for name in _PRICE[1:])
    if low or high:
        currency = _first(active, "currency")
        yield FilterChip(gettext("Price"), f"{currency} {_range(low, high)}", state.without(*_PRICE))
    begin, end = (_day(_first(active, name)) for name in _ENDS)
    if begin or end:
        yield FilterChip(gettext("Ends"), _range(begin, end), state.without(*_ENDS))


def _first(active: Mapping[str, ActiveFilter], name: str) -> str:
    return active[name].texts[0] if name in active else ""


def _range(low: str, high: str) -> str:
    if low and high:
        return str(gettext("%(start)s to %(end)s", start=low, end=high))
    return str(gettext("from %(start)s", start=low) if low else gettext("up to %(end)s", end=high))


def _day(text: str) -> str:
    """Return a date as people write it; a moment to the second stays as it was written."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return since_day(day, utcnow().date())
