"""What a request asks of the read side, out of its query alone; a query that came before is not parsed again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from urllib.parse import parse_qsl, urlencode

import orjson

from catalog_app.core.answers import JSON, Answer
from catalog_app.core.cursor import SortKey
from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.query import Query
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.filters import FILTERS, ProductFilters, parse_filters
from catalog_app.products.parameters import CUSTOMER, channel_of, customer_of, fields_of, flag
from catalog_app.products.sorts import parse_sort

PAGING: Final = ("fields", "limit", "cursor", "count")
LIST_PARAMETERS: Final = (*(declared.name for declared in FILTERS), "sort", *PAGING)
# A segment and a channel are the customer's here, not what the list is narrowed by.
OFFER_FILTERS: Final = tuple(declared.name for declared in FILTERS if declared.name not in CUSTOMER)
OFFER_PARAMETERS: Final = (*CUSTOMER, "strict", *OFFER_FILTERS, *PAGING)
_REMEMBERED: Final = 1024


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is asked for, and how its documents are shown."""

    fields: tuple[str, ...]
    limit: int
    cursor: str | None
    count: bool


@dataclass(frozen=True, slots=True)
class ListAsked:
    """A list as a query asks for it. `tag` stands for the query in entity tags."""

    filters: ProductFilters
    sorts: tuple[SortKey, ...]
    page: Page
    tag: str


@dataclass(frozen=True, slots=True)
class OffersAsked:
    """What a customer may be offered, as a query asks for it."""

    customer: CustomerFeatures
    channel: str | None
    strict: bool
    filters: ProductFilters
    page: Page
    tag: str


@lru_cache(maxsize=_REMEMBERED)
def list_asked(query: str) -> ListAsked:
    """Return what a query string asks of the list; raises RuleError naming each parameter at fault."""
    parsed = _query(query, LIST_PARAMETERS)
    fields = fields_of(parsed)
    filters = parse_filters(parsed.parameters, also=LIST_PARAMETERS)
    return ListAsked(filters, parse_sort(parsed.one("sort") or ""), _page(parsed, fields), _tag("list", query))


@lru_cache(maxsize=_REMEMBERED)
def offers_asked(query: str) -> OffersAsked:
    """Return what a query string asks of what is available; raises RuleError naming each parameter at fault."""
    parsed = _query(query, OFFER_PARAMETERS)
    fields = fields_of(parsed)
    own = {name: values for name, values in parsed.parameters.items() if name in OFFER_FILTERS}
    customer, channel = customer_of(parsed), channel_of(parsed)
    strict = flag(parsed, "strict", default=False)
    return OffersAsked(customer, channel, strict, parse_filters(own), _page(parsed, fields), _tag("available", query))


@lru_cache(maxsize=_REMEMBERED)
def fields_asked(query: str) -> tuple[str, ...]:
    """Return which fields of one product a query string asks for; raises RuleError for anything else."""
    return fields_of(_query(query, ("fields",)))


def nothing_asked(query: str) -> None:
    """Raise RuleError for any parameter at all."""
    if query:
        _query(query, ())


def parameters_of(query: str) -> dict[str, tuple[str, ...]]:
    """Return each parameter of a query string with every value it was given, as Flask reads them."""
    parameters: dict[str, tuple[str, ...]] = {}
    # What is not UTF-8 stays percent-encoded; Werkzeug has registered how.
    for name, value in parse_qsl(query, keep_blank_values=True, errors="werkzeug.url_quote"):
        parameters[name] = (*parameters.get(name, ()), value)
    return parameters


def page_answer(
    results: bytes, *, tag: str, following: str | None, count: int | None, query: str, address: Callable[[], str]
) -> Answer:
    """Return a page of a list; `next` is null on the last one, and `count` is there only where it was asked for.

    `address` tells the address that was asked, without its query.
    """
    headers = (*JSON, ("ETag", tag))
    next_page = "null"
    if following is not None:
        url = f"{address()}?{_query_at(query, following)}"
        headers = (*headers, ("Link", f'<{url}>; rel="next"'))
        next_page = orjson.dumps(url).decode()
    counted = "" if count is None else f',"count":{count}'
    return Answer(200, headers, b'{"results":%b,"next":%b%b}' % (results, next_page.encode(), counted.encode()))


def _query(query: str, known: tuple[str, ...]) -> Query:
    parsed = Query(parameters_of(query))
    if unknown := [name for name in parsed.parameters if name not in known]:
        raise RuleError(dict.fromkeys(unknown, Fault("unknown", "There is no such parameter.")))
    return parsed


def _page(query: Query, fields: tuple[str, ...]) -> Page:
    return Page(fields, query.limit(), query.one("cursor"), flag(query, "count", default=False))


def _query_at(query: str, cursor: str) -> str:
    """Return the query that asks for the same at another place of the list."""
    pairs = [(name, value) for name, values in parameters_of(query).items() for value in values if name != "cursor"]
    return urlencode([*pairs, ("cursor", cursor)])


def _tag(what: str, query: str) -> str:
    return blake2b(f"{what}?{query}".encode(), digest_size=6).hexdigest()
