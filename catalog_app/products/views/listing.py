"""The list of products: its state is its address, with a page around it or without."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from flask import current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import i_may, requires_role
from catalog_app.accounts.identity import signed_in
from catalog_app.accounts.service.preferences import preference
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import RuleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.isolating import spoken
from catalog_app.core.paging import Page
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.core.wiring import settings
from catalog_app.products import terms
from catalog_app.products.choices import Choices, choices
from catalog_app.products.filter_conditions import ANYONE
from catalog_app.products.formatting import Ages, figures
from catalog_app.products.labels import term
from catalog_app.products.lists.columns import COLUMNS, DENSITIES, KEY, Display, display_of
from catalog_app.products.lists.counting import Count, counted
from catalog_app.products.lists.reading import Listed, listed_page
from catalog_app.products.rows import ProductRow, RowWriter
from catalog_app.products.systems import SystemFacts, systems
from catalog_app.products.views.blueprint import bp, catalog
from catalog_app.products.views.chips import chips
from catalog_app.products.views.failing import failing
from catalog_app.products.views.figures import stats_context
from catalog_app.products.views.list_state import LIMITS, ListState, read_state
from catalog_app.products.views.rail import rail
from catalog_app.products.views.table import HOLES, filled

DAYS = (1, 7, 30, 90)


@dataclass(frozen=True)
class Listing:
    """One page of the list, ready to be shown."""

    state: ListState
    rows: list[ProductRow]
    count: Count
    display: Display
    previous_url: str | None
    next_url: str | None

    @property
    def last(self) -> int:
        return self.state.at + len(self.rows) - 1


@bp.get("/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    found, sources = choices(), systems()
    listing = _listing(found, sources)
    words = {"segment": found.segments, "external_system": {key: facts.label for key, facts in sources.items()}}
    context = {
        "listing": listing,
        "chips": chips(listing.state, words),
        "limits": LIMITS,
        "refreshed": wants_fragment(),
        "filled": filled,
        "holes": HOLES,
        "everything": listing.count.number if listing.rows else catalog().stats().total,
        "failing": failing(listing.state, sources, is_empty=not listing.rows),
        **_elsewhere(),
        **_in_words(spoken()),
    }
    if wants_fragment():
        answer = make_response(render_template("products/_results.html", **context))
        if request.full_path.removesuffix("?") != listing.state.url:
            # A form also sends the fields that nobody filled in; the address leaves them out.
            answer.headers["HX-Replace-Url"] = listing.state.url
        return answer
    return render_template(
        "products/index.html",
        **context,
        **_filter_context(found, sources),
        **stats_context(sources),
        rail=rail(url_for("products.index"), listing.state.at_first().url),
        here=listing.state.at_first().url,
    )


@bp.get("/stats")
@requires_role("viewer")
def stats() -> ResponseReturnValue:
    return render_template("products/_stats.html", **stats_context(systems()))


def _listing(found: Choices, sources: Mapping[str, SystemFacts]) -> Listing:
    asked = read_state(url_for("products.index"), dict(request.args.lists()))
    state, page, count = read_connections().read(lambda reader: _read(reader, asked))
    display = display_of(preference(signed_in().user_id, KEY))
    writer = RowWriter(sources, found.segments, Ages(utcnow()), figures(), display.columns)
    rows = writer.rows(page.items)
    return Listing(
        state=state,
        rows=rows,
        count=count,
        display=display,
        previous_url=state.place(page.previous_cursor, max(1, state.at - state.limit)),
        next_url=state.place(page.next_cursor, state.at + len(rows)),
    )


def _read(reader: Reader, state: ListState) -> tuple[ListState, Page[Listed], Count]:
    """Return the page at the state's cursor; an old or damaged one leads back to the first page."""
    try:
        page = _page(reader, state)
    except RuleError as error:
        state = replace(state.at_first(), faults={**state.faults, **error.errors})
        page = _page(reader, state)
    if state.cursor is None and page.next_cursor is None:
        return state, page, Count(len(page.items))
    return state, page, counted(reader, state.filters, utcnow(), exact=state.counts_all)


def _page(reader: Reader, state: ListState) -> Page[Listed]:
    return listed_page(reader, state.filters, state.sorts, utcnow(), state.limit, state.cursor)


def _elsewhere() -> dict[str, object]:
    """Return what other rooms do with products, as far as they are there and this person may."""
    return {
        "bulk_url": _address("edits.new") if i_may("editor") else None,
        "import_url": _address("imports.new") if i_may("editor") else None,
        "edits_url": _address("edits.index"),
        "export_url": _address("products.export"),
    }


def _address(endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in current_app.view_functions else None


def _filter_context(found: Choices, sources: Mapping[str, SystemFacts]) -> dict[str, object]:
    return {
        "system_choices": tuple((key, facts.label) for key, facts in sources.items()),
        "category_choices": tuple((name, name) for name in found.categories),
        "segment_choices": tuple(found.segments.items()),
        "owner_choices": ((ANYONE, gettext("Anyone")), (signed_in().email, gettext("You"))),
        "day_choices": DAYS,
        "base_currency": settings().base_currency,
    }


@cache
def _in_words(_language: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the choices that are the same on every page, once for each language."""
    return {
        # The orders that a phone offers, where no column heads can be pressed.
        "sort_choices": (
            ("-updated_at", gettext("Last changed")),
            ("name", gettext("Name")),
            ("price", gettext("Lowest price")),
            ("-price", gettext("Highest price")),
            ("category", gettext("Category")),
            ("-created_at", gettext("Newest")),
        ),
        "type_choices": _said(terms.PRODUCT_TYPES),
        "status_choices": _said(terms.LIFECYCLE_STATUSES),
        "sync_choices": _said(terms.SYNC_STATES),
        "channel_choices": _said(terms.CHANNELS),
        "columns": tuple((column.key, str(column.label)) for column in COLUMNS),
        "densities": tuple((name, str(label)) for name, label in DENSITIES),
    }


def _said(values: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((value, term(value)) for value in values)
