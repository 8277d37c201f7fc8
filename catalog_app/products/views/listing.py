"""The list of products: its state is its address, with a page around it or without."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.paging import Page
from catalog_app.core.wiring import settings
from catalog_app.products import terms
from catalog_app.products.choices import Choices, choices
from catalog_app.products.formatting import Ages, figures
from catalog_app.products.labels import term
from catalog_app.products.models import Product
from catalog_app.products.rows import ProductRow, RowWriter
from catalog_app.products.systems import SystemFacts, systems
from catalog_app.products.views.blueprint import bp, catalog
from catalog_app.products.views.list_state import LIMITS, ListState, read_state


@dataclass(frozen=True)
class Listing:
    """One page of the list, ready to be shown."""

    state: ListState
    rows: list[ProductRow]
    count: int
    previous_url: str | None
    next_url: str | None

    @property
    def last(self) -> int:
        return self.state.at + len(self.rows) - 1


@bp.get("/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    found, sources = choices(db.session()), systems()
    listing = _listing(found, sources)
    words = {"segment": found.segments, "external_system": {key: facts.label for key, facts in sources.items()}}
    context = {
        "listing": listing,
        "chips": listing.state.chips(words),
        "limits": LIMITS,
        "sort_choices": _sort_choices(),
    }
    if wants_fragment():
        answer = make_response(render_template("products/_results.html", **context))
        if request.full_path.removesuffix("?") != listing.state.url:
            # A form also sends the fields that nobody filled in; the address leaves them out.
            answer.headers["HX-Replace-Url"] = listing.state.url
        return answer
    return render_template(
        "products/index.html", **context, **_filter_context(found, sources), **_stats_context(sources)
    )


@bp.get("/stats")
@requires_role("viewer")
def stats() -> ResponseReturnValue:
    return render_template("products/_stats.html", **_stats_context(systems()))


def _listing(found: Choices, sources: Mapping[str, SystemFacts]) -> Listing:
    state = read_state(url_for("products.index"), dict(request.args.lists()))
    now = utcnow()
    state, page = _page(state)
    writer = RowWriter(sources, found.segments, Ages(now), figures())
    rows = writer.rows(page.items)
    return Listing(
        state=state,
        rows=rows,
        count=catalog().count(state.filters, now=now),
        previous_url=state.place(page.previous_cursor, max(1, state.at - state.limit)),
        next_url=state.place(page.next_cursor, state.at + len(rows)),
    )


def _page(state: ListState) -> tuple[ListState, Page[Product]]:
    """Return the page at the state's cursor; an old or damaged one leads back to the first page."""
    try:
        return state, _search(state)
    except RuleError as error:
        first = replace(state, cursor=None, at=1, faults={**state.faults, **error.errors})
        return first, _search(first)


def _search(state: ListState) -> Page[Product]:
    return catalog().search(state.filters, state.sorts, limit=state.limit, cursor=state.cursor, now=utcnow())


def _sort_choices() -> list[tuple[str, str]]:
    """Return the orders that a phone offers, where no column heads can be pressed."""
    return [
        ("-updated_at", gettext("Last changed first")),
        ("name", gettext("Name, A to Z")),
        ("price", gettext("Price, lowest first")),
        ("-price", gettext("Price, highest first")),
        ("category", gettext("Category")),
        ("-created_at", gettext("Newest first")),
    ]


def _filter_context(found: Choices, sources: Mapping[str, SystemFacts]) -> dict[str, object]:
    return {
        "system_choices": [(key, facts.label) for key, facts in sources.items()],
        "type_choices": [(value, term(value)) for value in terms.PRODUCT_TYPES],
        "status_choices": [(value, term(value)) for value in terms.LIFECYCLE_STATUSES],
        "sync_choices": [(value, term(value)) for value in terms.SYNC_STATES],
        "channel_choices": [(value, term(value)) for value in terms.CHANNELS],
        "category_choices": [(name, name) for name in found.categories],
        "segment_choices": list(found.segments.items()),
        "base_currency": settings().base_currency,
    }


def _stats_context(sources: Mapping[str, SystemFacts]) -> dict[str, object]:
    state = read_state(url_for("products.index"), {})
    return {"stats": catalog().stats(), "systems": sources, "state": state}
