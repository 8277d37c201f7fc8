"""The state of the product list, which is its address: filters, order, page size and place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from catalog_app.core.cursor import SortKey
from catalog_app.core.errors import RuleError
from catalog_app.core.wiring import settings
from catalog_app.products.filters import PAGE_FILTERS, ProductFilters, parse_filters
from catalog_app.products.sorts import parse_sort

LIMITS = (25, 50, 100)
DEFAULT_SORT = "-updated_at"
_MAX_DIGITS = 9
COUNT: Final = "count"
COUNT_ALL: Final = "all"
IN_THE_BAR: Final = frozenset(
    {
        "search", "product_type", "external_system", "lifecycle_status", "category", "segment", "available_now",
        "is_available", "sync_state", "channel", "currency", "min_price", "max_price", "changed_days", "ends_from",
        "ends_until", "locked_by",
    }
)  # fmt: skip
"""The filters that have a control of their own in the filter bar; others travel along hidden."""
_SINGLE: Final = (
    "available_now", "is_available", "sync_state", "channel", "locked_by", "changed_days", "currency", "min_price",
    "max_price", "ends_from", "ends_until",
)  # fmt: skip


@dataclass(frozen=True)
class ListState:
    """What an address asks of the list. What it could not use is named in `faults` and left out."""

    path: str
    filters: ProductFilters
    sort: str
    limit: int
    cursor: str | None
    at: int
    faults: Mapping[str, str]
    counts_all: bool = False

    @cached_property
    def sorts(self) -> tuple[SortKey, ...]:
        return parse_sort(self.sort)

    @cached_property
    def url(self) -> str:
        """Return the address of this state, without what is left at its default."""
        return self._url(self.filters.pairs(), cursor=self.cursor, at=self.at)

    @property
    def complaints(self) -> list[tuple[Any, str]]:
        """Return what could not be used and why, each under the name that people know it by."""
        labels = {declared.name: declared.label for declared in PAGE_FILTERS}
        return [(labels.get(name, name.capitalize()), fault) for name, fault in self.faults.items()]

    @property
    def clear_url(self) -> str:
        return self._url(())

    def sorted_by(self, name: str) -> str:
        """Return the address that sorts by this column, then the other way round, then last changed first again."""
        following = {name: f"-{name}", f"-{name}": DEFAULT_SORT}
        return self._url(self.filters.pairs(), sort=following.get(self.sort, name))

    def direction(self, name: str) -> str | None:
        """Return which way a column is sorted, None where the list goes by another."""
        if self.sort.removeprefix("-") != name:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"

    def place(self, cursor: str | None, at: int) -> str | None:
        """Return the address of another page; `at` is the number of its first row, for people only."""
        return self._url(self.filters.pairs(), cursor=cursor, at=at) if cursor else None

    def narrowed_to(self, **values: str) -> str:
        """Return the address of the list with these filters and no other."""
        return self._url(values.items())

    def without(self, *names: str) -> str:
        """Return the address without these filters, and without what says nothing without them."""
        gone = {*names, *(declared.name for declared in PAGE_FILTERS if declared.needs in names)}
        return self._url([(kept, text) for kept, text in self.filters.pairs() if kept not in gone])

    def at_first(self) -> "ListState":
        """Return the same state on its first page."""
        return replace(self, cursor=None, at=1)

    @property
    def count_url(self) -> str:
        """Return the address that counts every product that fits, however many there are."""
        return f"{self.url}{'&' if '?' in self.url else '?'}{COUNT}={COUNT_ALL}"

    @property
    def view_query(self) -> str:
        """Return what a saved view keeps of this state: everything but the place in the list."""
        return self.at_first().url.partition("?")[2]

    @property
    def is_view(self) -> bool:
        """Return whether there is anything that a view could keep."""
        return bool(self.filters) or self.sort != DEFAULT_SORT

    @property
    def query(self) -> str:
        """Return the filters alone as a query string: what is done with all that match goes by it."""
        return self.filters.query()

    @property
    def single_values(self) -> tuple[tuple[str, str], ...]:
        """Return what the filters have that take one value each, as pairs; of several values the first."""
        return tuple((name, texts[0]) for name in _SINGLE if (texts := self.filters.texts(name)))

    def hidden_pairs(self) -> list[tuple[str, str]]:
        """Return what the filter bar has no control for, so that changing another filter does not lose it."""
        return [pair for pair in self.filters.pairs() if pair[0] not in IN_THE_BAR]

    def _url(
        self,
        pairs: Iterable[tuple[str, str]],
        *,
        sort: str | None = None,
        cursor: str | None = None,
        at: int = 1,
    ) -> str:
        query = list(pairs)
        sort = sort or self.sort
        if sort != DEFAULT_SORT:
            query.append(("sort", sort))
        if self.limit != LIMITS[0]:
            query.append(("limit", str(self.limit)))
        if cursor:
            query += [("cursor", cursor), ("at", str(at))]
        return f"{self.path}?{urlencode(query)}" if query else self.path


def read_state(path: str, parameters: Mapping[str, Sequence[str]]) -> ListState:
    """Return the state that an address asks for. A person gets the list whatever they typed: faults are said beside it."""
    filters, faults = _usable_filters(parameters)
    sort = (parameters.get("sort") or [""])[0]
    try:
        parse_sort(sort)
    except RuleError as error:
        sort, faults = "", {**faults, **error.errors}
    limit = _whole((parameters.get("limit") or [""])[0])
    cursor = (parameters.get("cursor") or [""])[0] or None
    return ListState(
        path=path,
        filters=filters,
        sort=sort or DEFAULT_SORT,
        limit=limit if limit in LIMITS else LIMITS[0],
        cursor=cursor,
        at=max(1, _whole((parameters.get("at") or [""])[0])) if cursor else 1,
        faults=faults,
        counts_all=(parameters.get(COUNT) or [""])[0] == COUNT_ALL,
    )


def _in_a_currency(parameters: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """Return the parameters with the currency that a person means who names a price and none: the operator's own."""
    is_priced = any(text.strip() for name in ("min_price", "max_price") for text in parameters.get(name, ()))
    if not is_priced or any(text.strip() for text in parameters.get("currency", ())):
        return parameters
    return {**parameters, "currency": [settings().base_currency]}


def _usable_filters(parameters: Mapping[str, Sequence[str]]) -> tuple[ProductFilters, dict[str, str]]:
    faults: dict[str, str] = {}
    left = dict(parameters)
    while True:
        try:
            return parse_filters(_in_a_currency(left), ignore_unknown=True), faults
        except RuleError as error:
            faults |= error.errors
            left = {name: values for name, values in left.items() if name not in error.errors}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _MAX_DIGITS else 0
