"""The filters and orders of a list of campaigns: declared once, and used by pages and JSON alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, or_

from catalog_app.campaigns.lifecycle import status_sql
from catalog_app.campaigns.models import STATUSES, Campaign
from catalog_app.core.cursor import SortKey
from catalog_app.core.errors import Fault, RuleError, Sentence
from catalog_app.core.json_sql import json_array_has, json_array_has_number
from catalog_app.core.text_sql import text_has
from catalog_app.products import terms
from catalog_app.products.field_types import MAX_INT
from catalog_app.products.filter_kinds import FLAG, MAX_SEARCH, PERSON, Kind, folded_text_of, one_of, text_of
from catalog_app.products.filters import MAX_REPEATS, ActiveFilter, Filter

_DIGITS: Final = len(str(MAX_INT))


def _product_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= MAX_INT):
        raise ValueError(Fault("malformed", "Use the number of a product, such as 18."))
    return int(text)


def _uses(value: int, _now: datetime) -> ColumnElement[bool]:
    return or_(Campaign.product_id == value, json_array_has_number(Campaign.candidates, value))


def _is_withdrawn(value: bool, _now: datetime) -> ColumnElement[bool]:  # noqa: FBT001  # a filter's value
    return Campaign.withdrawn_at.is_not(None) if value else Campaign.withdrawn_at.is_(None)


FILTERS: tuple[Filter, ...] = (
    Filter(
        "search",
        lazy_gettext("Search"),
        folded_text_of(MAX_SEARCH),
        lambda value, _now: text_has(Campaign.search_text, value),
    ),
    Filter("status", lazy_gettext("Status"), one_of(STATUSES), lambda value, now: status_sql(now) == value),
    Filter("product_id", lazy_gettext("Product"), Kind("product", _product_number), _uses),
    Filter("trigger_event", lazy_gettext("Trigger"), text_of(60), lambda value, _now: Campaign.trigger_event == value),
    Filter(
        "channel",
        lazy_gettext("Channel"),
        one_of(terms.CHANNELS),
        lambda value, _now: json_array_has(Campaign.channels, value),
    ),
    Filter("owner", lazy_gettext("Owner"), PERSON, lambda value, _now: Campaign.owner == value),
    Filter("withdrawn", lazy_gettext("Product withdrawn"), FLAG, _is_withdrawn),
)
"""Values given more than once widen a filter: one of them has to fit. A product counts as candidate too."""

_ID: Final = SortKey("id", Campaign.id)
SORTS: tuple[SortKey, ...] = (
    _ID,
    SortKey("name", Campaign.name),
    SortKey("updated_at", Campaign.updated_at),
    SortKey("created_at", Campaign.created_at),
    SortKey("starts_at", Campaign.starts_at, nullable=True),
    SortKey("ends_at", Campaign.ends_at, nullable=True),
)


@dataclass(frozen=True)
class CampaignFilters:
    """The filters of one request, checked; the same list whatever door they came through."""

    active: tuple[ActiveFilter, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.active)

    def narrow(self, statement: Select[Campaign], now: datetime) -> Select[Campaign]:
        """Return the select with every filter applied."""
        return statement.where(*(active.condition(now) for active in self.active))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return what was written for a filter, empty where it was not used."""
        return next((active.texts for active in self.active if active.filter.name == name), ())

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters of a query that asks for the same."""
        return tuple((active.filter.name, text) for active in self.active for text in active.texts)

    def query_without(self, name: str, text: str) -> str:
        """Return the query string that is left when one value is removed."""
        return urlencode([pair for pair in self.pairs() if pair != (name, text)])


def parse_filters(parameters: Mapping[str, Sequence[str]], *, ignore_unknown: bool = False) -> CampaignFilters:
    """Return the filters of a query, given each parameter's values; raise RuleError with every fault at once.

    Blank values are what an untouched form field sends and count as absent. With `ignore_unknown` a value that cannot
    be used is passed over, which is how a page reads an address; parameters of no filter always are.
    """
    faults: dict[str, str] = {}
    active: list[ActiveFilter] = []
    for declared in FILTERS:
        try:
            if found := _active(declared, parameters.get(declared.name, ())):
                active.append(found)
        except ValueError as error:
            faults[declared.name] = str(error)
    if faults and not ignore_unknown:
        raise RuleError(faults)
    return CampaignFilters(tuple(active))


def parse_sort(text: str) -> tuple[SortKey, ...]:
    """Return the order that "-updated_at" asks for, the last changed first where it asks for none."""
    key = _sort_key(text.strip() or "-updated_at")
    return (key,) if key.name == _ID.name else (key, replace(_ID, descending=key.descending))


def _sort_key(text: str) -> SortKey:
    name = text.removeprefix("-")
    for key in SORTS:
        if key.name == name:
            return replace(key, descending=text.startswith("-"))
    names = ", ".join(key.name for key in SORTS)
    raise RuleError(
        {"sort": Sentence("Sort by one of %(names)s; a minus in front turns the order round.", names=names)}
    )


def _active(declared: Filter, given: Sequence[str]) -> ActiveFilter | None:
    texts = tuple(dict.fromkeys(text.strip() for text in given if text.strip()))
    if len(texts) > MAX_REPEATS:
        raise ValueError(Fault("too_long", "Use at most %(most)s values.", most=MAX_REPEATS))
    return ActiveFilter(declared, texts, tuple(map(declared.kind.parse, texts))) if texts else None
