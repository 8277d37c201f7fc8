"""The state of the list of campaigns, which is its address: filters, order and place."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask_babel import gettext, lazy_gettext

from catalog_app.accounts.names import person_name
from catalog_app.campaigns.filters import CampaignFilters, parse_filters, parse_sort
from catalog_app.core.cursor import SortKey
from catalog_app.core.errors import RuleError
from catalog_app.products.labels import term

ROWS: Final = 25
DEFAULT_SORT: Final = "-updated_at"
SORTS: Final = (
    ("-updated_at", lazy_gettext("Last changed")),
    ("name", lazy_gettext("Name")),
    ("-created_at", lazy_gettext("Newest")),
    ("ends_at", lazy_gettext("Ending first")),
)
_MAX_DIGITS: Final = 9


@dataclass(frozen=True)
class Chip:
    """One filter that is on, in words, with the address without it."""

    label: str
    text: str
    url: str


@dataclass(frozen=True)
class ListState:
    """What an address asks of the list; what it could not use is left out."""

    path: str
    filters: CampaignFilters
    sort: str
    cursor: str | None
    at: int

    @property
    def sorts(self) -> tuple[SortKey, ...]:
        return parse_sort(self.sort)

    @property
    def url(self) -> str:
        return self._url(self.filters.pairs(), cursor=self.cursor, at=self.at)

    @property
    def clear_url(self) -> str:
        """Return the address without filters; the tab of the states stays."""
        return self._url([pair for pair in self.filters.pairs() if pair[0] == "status"])

    def text(self, name: str) -> str:
        return next(iter(self.filters.texts(name)), "")

    def with_status(self, status: str) -> str:
        """Return the address of the tab of a state, with the other filters as they are."""
        others = [pair for pair in self.filters.pairs() if pair[0] != "status"]
        return self._url([*others, *([("status", status)] if status else [])])

    def place(self, cursor: str | None, at: int) -> str | None:
        return self._url(self.filters.pairs(), cursor=cursor, at=at) if cursor else None

    def without_status(self) -> CampaignFilters:
        """Return the filters of which the tabs count how many there are of each state."""
        return CampaignFilters(tuple(one for one in self.filters.active if one.filter.name != "status"))

    def chips(self, product_name: str) -> Iterator[Chip]:
        said: dict[str, tuple[str, Callable[[str], str]]] = {
            "search": (gettext("Search"), str),
            "product_id": (gettext("Product"), lambda text: product_name or f"#{text}"),
            "channel": (gettext("Channel"), term),
            "owner": (gettext("Owner"), person_name),
            "trigger_event": (gettext("Trigger"), str),
            "withdrawn": (gettext("Product withdrawn"), term),
        }
        for name, text in self.filters.pairs():
            if name in said:
                label, words = said[name]
                left = [pair for pair in self.filters.pairs() if pair != (name, text)]
                yield Chip(label, words(text), self._url(left))

    def _url(self, pairs: Iterable[tuple[str, str]], *, cursor: str | None = None, at: int = 1) -> str:
        query = list(pairs)
        if self.sort != DEFAULT_SORT:
            query.append(("sort", self.sort))
        if cursor:
            query += [("cursor", cursor), ("at", str(at))]
        return f"{self.path}?{urlencode(query)}" if query else self.path


def read_state(path: str, parameters: Mapping[str, Sequence[str]]) -> ListState:
    """Return the state that an address asks for; a person gets the list whatever they typed."""
    sort = _one(parameters, "sort")
    try:
        parse_sort(sort)
    except RuleError:
        sort = ""
    cursor, at = _one(parameters, "cursor") or None, _one(parameters, "at")
    is_number = at.isascii() and at.isdecimal() and len(at) < _MAX_DIGITS
    return ListState(
        path=path,
        filters=parse_filters(parameters, ignore_unknown=True),
        sort=sort or DEFAULT_SORT,
        cursor=cursor,
        at=max(1, int(at)) if cursor and is_number else 1,
    )


def _one(parameters: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(parameters.get(name, ())), "").strip()
