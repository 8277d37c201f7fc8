"""The filters of a list of products: declared once, and used by pages, JSON and exports alike."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, TypeVarTuple
from urllib.parse import urlencode

from flask_babel import lazy_gettext
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, or_
from sqlalchemy.types import TypeEngine

from catalog_app.core.columns import UtcDateTime
from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.moment_sql import days_before
from catalog_app.products import terms
from catalog_app.products.filter_conditions import (
    Condition,
    available_now,
    contains,
    equals,
    has_channel,
    has_lock_of,
    in_sync_state,
    is_active,
    names_segment,
)
from catalog_app.products.filter_kinds import (
    AMOUNT,
    CURRENCY,
    DAYS,
    END,
    FLAG,
    MAX_SEARCH,
    MOMENT,
    NUMBER,
    PERSON,
    SYNC_STATE,
    Choice,
    Kind,
    folded_text_of,
    is_number,
    one_of,
    text_of,
)
from catalog_app.products.models import Product
from catalog_app.products.search.conditions import searched

MAX_REPEATS = 50

Ts = TypeVarTuple("Ts")
SEARCH = "search"
NOW: BindParameter[datetime] = bindparam("now", type_=UtcDateTime())


@dataclass(frozen=True)
class Filter:
    """One way to narrow the list. Values given more than once widen it: one of them has to fit.

    `needs` names another filter without which this one says nothing.
    """

    name: str
    label: Any
    kind: Kind
    condition: Condition
    needs: str | None = None

    @property
    def choices(self) -> tuple[Choice, ...]:
        return self.kind.choices


@dataclass(frozen=True)
class ActiveFilter:
    """A filter with the values it was given, as written and as checked."""

    filter: Filter
    texts: tuple[str, ...]
    values: tuple[Any, ...]

    def condition(self, now: datetime) -> ColumnElement[bool]:
        return or_(*(self.filter.condition(value, now) for value in self.values))

    @property
    def shape(self) -> tuple[object, ...]:
        """Return what is alike in all filters that one statement serves, with other values."""
        return self.filter.name, (len(self.values) if self.filter.kind.stored is not None else self.values)

    def open_condition(self) -> ColumnElement[bool]:
        """Return the condition with a parameter in the place of each value, and one named "now"."""
        kind = self.filter.kind.stored
        places = self.values if kind is None else [bindparam(name, type_=kind) for name in self._names()]
        return or_(*(self.filter.condition(place, NOW) for place in places))

    def given(self) -> Iterator[tuple[str, TypeEngine[Any], Any]]:
        """Yield the name of each parameter, how it is stored, and its value."""
        kind = self.filter.kind.stored
        if kind is not None:
            for name, value in zip(self._names(), self.values, strict=True):
                yield name, kind, value

    def _names(self) -> list[str]:
        return [f"{self.filter.name}{number}" for number in range(len(self.values))]


@dataclass(frozen=True)
class Chip:
    """An active value as a page shows it, with the query string that is left when it is removed."""

    name: str
    label: str
    text: str
    query_without: str


@dataclass(frozen=True)
class ProductFilters:
    """The filters of one request, checked; the same list whatever door they came through."""

    active: tuple[ActiveFilter, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.active)

    def narrow(self, statement: Select[*Ts], now: datetime) -> Select[*Ts]:
        """Return the select with every filter applied."""
        return statement.where(*(active.condition(now) for active in self.active))

    @property
    def words(self) -> tuple[str, ...]:
        """Return the folded texts that are searched for: one of them has to be found."""
        searches = (active for active in self.active if active.filter.name == SEARCH)
        return next((active.values for active in searches if active.filter is not BY_NUMBER), ())

    def besides_search(self) -> "ProductFilters":
        """Return the other filters."""
        return ProductFilters(
            tuple(active for active in self.active if active.filter is BY_NUMBER or active.filter.name != SEARCH)
        )

    def texts(self, name: str) -> tuple[str, ...]:
        """Return what was written for a filter, empty where it was not used."""
        return next((active.texts for active in self.active if active.filter.name == name), ())

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters of a query that asks for the same."""
        return tuple((active.filter.name, text) for active in self.active for text in active.texts)

    def query(self) -> str:
        """Return the same as a query string."""
        return urlencode(self.pairs())

    def without(self, name: str, text: str) -> "ProductFilters":
        """Return the filters with one value removed, and with what says nothing without it."""
        left = [
            ActiveFilter(
                active.filter,
                tuple(kept for kept in active.texts if (active.filter.name, kept) != (name, text)),
                tuple(
                    value
                    for kept, value in zip(active.texts, active.values, strict=True)
                    if (active.filter.name, kept) != (name, text)
                ),
            )
            for active in self.active
        ]
        names = {active.filter.name for active in left if active.texts}
        return ProductFilters(
            tuple(active for active in left if active.texts and active.filter.needs in {None, *names}),
        )

    def chips(self) -> tuple[Chip, ...]:
        """Return one chip for each value."""
        return tuple(
            Chip(name, _by_name(name).label, _said(_by_name(name), text), self.without(name, text).query())
            for name, text in self.pairs()
        )


def parse_filters(
    parameters: Mapping[str, Sequence[str]], *, also: Collection[str] = (), ignore_unknown: bool = False
) -> ProductFilters:
    """Return the filters of a query, given each parameter's values; raise RuleError with every fault at once.

    Blank values are what an untouched form field sends and count as absent. `also` names parameters that are
    somebody else's (sort, limit, cursor); any other unknown one is refused unless `ignore_unknown`. That is how pages
    read an address, and they know more: PAGE_FILTERS, and "#18" as a search, which finds the product of this number.
    """
    faults = {} if ignore_unknown else dict(_unknown(parameters, also))
    active: list[ActiveFilter] = []
    for declared in PAGE_FILTERS if ignore_unknown else FILTERS:
        given = parameters.get(declared.name, ())
        try:
            if found := _active(_meant(declared, given) if ignore_unknown else declared, given):
                active.append(found)
        except ValueError as error:
            faults[declared.name] = str(error)
    faults |= {name: fault for name, fault in _missing(active) if name not in faults}
    if faults:
        raise RuleError(faults)
    return ProductFilters(tuple(active))


def _active(declared: Filter, given: Sequence[str]) -> ActiveFilter | None:
    texts = tuple(dict.fromkeys(text.strip() for text in given if text.strip()))
    if len(texts) > MAX_REPEATS:
        raise ValueError(f"Use at most {MAX_REPEATS} values.")
    return ActiveFilter(declared, texts, tuple(map(declared.kind.parse, texts))) if texts else None


def _meant(declared: Filter, given: Sequence[str]) -> Filter:
    texts = [text.strip() for text in given if text.strip()]
    return BY_NUMBER if declared.name == SEARCH and texts and all(map(is_number, texts)) else declared


def _unknown(parameters: Mapping[str, Sequence[str]], also: Collection[str]) -> Iterator[tuple[str, str]]:
    known = [*(declared.name for declared in FILTERS), *also]
    for name in parameters:
        if name not in known:
            near = get_close_matches(name[:50], known, n=1)
            meant = f"; did you mean {near[0]}?" if near else "."
            yield name, Fault("unknown", f"There is no such parameter{meant}")


def _missing(active: Sequence[ActiveFilter]) -> Iterator[tuple[str, str]]:
    """Yield a fault for each filter that says nothing without another: amounts of two currencies do not compare."""
    given = {found.filter.name: len(found.texts) for found in active}
    for found in active:
        if found.filter.needs and given.get(found.filter.needs) != 1:
            yield found.filter.name, f"Say in which one {found.filter.needs} this is."


def _by_name(name: str) -> Filter:
    return next(declared for declared in PAGE_FILTERS if declared.name == name)


def _said(declared: Filter, text: str) -> str:
    return next((choice.label for choice in declared.choices if choice.value == text), text)


FILTERS: tuple[Filter, ...] = (
    Filter(SEARCH, lazy_gettext("Search"), folded_text_of(MAX_SEARCH), lambda value, _now: searched(value)),
    Filter("product_type", lazy_gettext("Type"), one_of(terms.PRODUCT_TYPES), equals(Product.product_type)),
    Filter("external_system", lazy_gettext("System"), text_of(50), equals(Product.external_system)),
    Filter(
        "lifecycle_status", lazy_gettext("Status"), one_of(terms.LIFECYCLE_STATUSES), equals(Product.lifecycle_status)
    ),
    Filter("category", lazy_gettext("Category"), folded_text_of(100), contains(Product.category_folded)),
    Filter("segment", lazy_gettext("Segment"), text_of(50), names_segment),
    Filter("channel", lazy_gettext("Channel"), one_of(terms.CHANNELS), has_channel),
    Filter("sync_state", lazy_gettext("Sync state"), SYNC_STATE, in_sync_state),
    Filter("is_active", lazy_gettext("Active"), FLAG, is_active),
    Filter("is_available", lazy_gettext("Switched on"), FLAG, equals(Product.is_available)),
    Filter("available_now", lazy_gettext("Available now"), FLAG, available_now),
    Filter("currency", lazy_gettext("Currency"), CURRENCY, equals(Product.currency)),
    Filter(
        "min_price", lazy_gettext("Price from"), AMOUNT, lambda value, _now: Product.price >= value, needs="currency"
    ),
    Filter("max_price", lazy_gettext("Price to"), AMOUNT, lambda value, _now: Product.price <= value, needs="currency"),
    Filter("updated_since", lazy_gettext("Updated since"), MOMENT, lambda value, _now: Product.updated_at >= value),
    Filter("ends_from", lazy_gettext("Ends from"), MOMENT, lambda value, _now: Product.valid_to >= value),
    Filter("ends_until", lazy_gettext("Ends by"), END, lambda value, _now: Product.valid_to <= value),
    Filter("locked_by", lazy_gettext("Fields of"), PERSON, has_lock_of),
)
BY_NUMBER = Filter(SEARCH, lazy_gettext("Search"), NUMBER, lambda value, _now: Product.id == value)
"""What a page makes of a search for "#18"."""

# What these find changes with the clock alone. The doors for programs mark what they answer by the catalogue's version,
# so they do not know them.
PAGE_FILTERS: tuple[Filter, ...] = (
    *FILTERS,
    Filter(
        "changed_days",
        lazy_gettext("Changed"),
        DAYS,
        lambda value, now: Product.updated_at >= days_before(now, value),
    ),
)
