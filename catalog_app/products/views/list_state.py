"""The state of the product list, which is its address: filters, order, page size and place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from catalog_app.core.cursor import SortKey
from catalog_app.core.errors import RuleError
from catalog_app.products.filters import FILTERS, ProductFilters, parse_filters
from catalog_app.products.labels import term
from catalog_app.products.sorts import parse_sort

LIMITS = (25, 50, 100)
DEFAULT_SORT = "-updated_at"
_MAX_DIGITS = 9


@dataclass(frozen=True)
class FilterChip:
    """One filter that is on, with its values in words and the address without it."""

    label: str
    text: str
    url: str


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

    @property
    def sorts(self) -> tuple[SortKey, ...]:
        return parse_sort(self.sort)

    @property
    def url(self) -> str:
        """Return the address of this state, without what is left at its default."""
        return self._url(self.filters.pairs(), cursor=self.cursor, at=self.at)

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

    def chips(self, words: Mapping[str, Mapping[str, str]]) -> list[FilterChip]:
        """Return one chip for each filter; `words` says the values of those that are data, by filter."""
        return [
            FilterChip(
                active.filter.label,
                ", ".join(words.get(active.filter.name, {}).get(text) or term(text) for text in active.texts),
                self._url(self._without(active.filter.name)),
            )
            for active in self.filters.active
        ]

    def _without(self, name: str) -> list[tuple[str, str]]:
        gone = {name, *(declared.name for declared in FILTERS if declared.needs == name)}
        return [(kept, text) for kept, text in self.filters.pairs() if kept not in gone]

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
    )


def _usable_filters(parameters: Mapping[str, Sequence[str]]) -> tuple[ProductFilters, dict[str, str]]:
    faults: dict[str, str] = {}
    left = dict(parameters)
    while True:
        try:
            return parse_filters(left, ignore_unknown=True), faults
        except RuleError as error:
            faults |= error.errors
            left = {name: values for name, values in left.items() if name not in error.errors}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _MAX_DIGITS else 0
