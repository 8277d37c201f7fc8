"""The views beside the list: those that everybody has, one's own, and what others share, each with its count."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import parse_qs, urlencode

from flask import current_app
from flask_babel import gettext

from catalog_app.accounts import i_may
from catalog_app.accounts.identity import signed_in
from catalog_app.core.clock import utcnow
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.products.counters.reading import count_of
from catalog_app.products.filters import ProductFilters
from catalog_app.products.formatting import number
from catalog_app.products.lists.counting import Count, counted
from catalog_app.products.lists.saved_views import views_named
from catalog_app.products.views.list_state import ListState, read_state

FRESH_SECONDS = 60
_KEPT = "catalog-view-counts"
_REMEMBERED = 500


@dataclass(frozen=True)
class RailView:
    """A view as the rail prints it; `count` is None where nobody has counted yet."""

    label: str
    url: str
    count: str | None
    active: bool


@dataclass(frozen=True)
class Rail:
    """The views, and whether some are still to be counted."""

    views: tuple[RailView, ...]
    waits: bool


def rail(path: str, here: str, *, count: bool = False) -> Rail:
    """Return the views; only what costs nothing is counted, unless `count` asks for all.

    `here` is the address that is open. What was counted within a minute is not counted again.
    """
    now = utcnow()
    named = [(label, urlencode(pairs)) for label, pairs in _built_in(now)]
    named += views_named(signed_in().user_id)
    states = [(label, _state(path, query)) for label, query in named]
    found = _counts((state.filters for _, state in states), now, count=count)
    views = tuple(
        RailView(label, state.url, _said(number_of), active=state.url == here)
        for (label, state), number_of in zip(states, found, strict=True)
    )
    return Rail(views, waits=None in found)


@lru_cache(maxsize=500)
def _state(path: str, query: str) -> ListState:
    return read_state(path, parse_qs(query))


def _built_in(now: datetime) -> Iterator[tuple[str, Mapping[str, str]]]:
    if i_may("editor"):
        yield gettext("My conflicts"), {"sync_state": "conflict", "locked_by": signed_in().email}
    yield gettext("Conflicts"), {"sync_state": "conflict"}
    yield gettext("Missing at source"), {"sync_state": "missing"}
    last = monthrange(now.year, now.month)[1]
    ends = {"ends_from": f"{now:%Y-%m-%d}", "ends_until": f"{now:%Y-%m}-{last}"}
    yield gettext("Ending this month"), {"lifecycle_status": "launched", **ends}


def _counts(asked: Iterable[ProductFilters], now: datetime, *, count: bool) -> list[Count | None]:
    kept: dict[str, tuple[float, Count]] = current_app.extensions.setdefault(_KEPT, {})
    if len(kept) > _REMEMBERED:
        kept.clear()

    def read(reader: Reader) -> list[Count | None]:
        return [_count_of(reader, filters, kept, now, count=count) for filters in asked]

    return read_connections().read(read)


def _count_of(
    reader: Reader, filters: ProductFilters, kept: dict[str, tuple[float, Count]], now: datetime, *, count: bool
) -> Count | None:
    known = count_of(reader, filters)
    if known is not None:
        return Count(known)
    query, moment = filters.query(), now.timestamp()
    before = kept.get(query)
    if before is not None and 0 <= moment - before[0] < FRESH_SECONDS and not count:
        return before[1]
    if not count:
        return None
    found = counted(reader, filters, now)
    kept[query] = moment, found
    return found


def _said(count: Count | None) -> str | None:
    if count is None:
        return None
    return number(count.number) if count.is_exact else gettext("%(number)s+", number=number(count.number))


def usable_query(path: str, query: str) -> str:
    """Return of a query string what the list understands, without the place in it."""
    return read_state(path, parse_qs(query)).view_query
