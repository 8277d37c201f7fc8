"""The list of campaigns: its state is its address, with a page around it or without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from catalog_app.accounts import requires_role
from catalog_app.accounts.names import person_name
from catalog_app.campaigns.forms_words import STATUS_WORDS
from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.standing import Offered, offered_products, owners, standing
from catalog_app.campaigns.views.blueprint import bp, campaigns
from catalog_app.campaigns.views.list_state import ROWS, SORTS, ListState, read_state
from catalog_app.campaigns.withdrawn_words import withdrawn_briefly
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.paging import Page
from catalog_app.products import terms
from catalog_app.products.formatting import money, number, since_day
from catalog_app.products.labels import term
from catalog_app.products.naming import named


@dataclass(frozen=True)
class Row:
    """One campaign of the list, in words."""

    campaign: Campaign
    status: str
    product: str
    product_url: str | None
    offer: str
    channels: str
    time: str
    owner: str
    withdrawn: str


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: int
    current: bool


@bp.get("/")
@requires_role("viewer")
def index() -> ResponseReturnValue:
    session, now = db.session(), utcnow()
    asked = read_state(url_for("campaigns.index"), _parameters(session))
    state, page = _read(asked, now)
    counts = standing(session, state.without_status(), now)
    product = int(state.text("product_id") or 0)
    products = offered_products(session, page.items, also=[product] if product else ())
    product_name = products[product].name if product in products else ""
    context = {
        "state": state,
        "rows": [_row(campaign, products, now) for campaign in page.items],
        "tabs": _tabs(state, counts),
        "count": counts.get(state.text("status"), 0) if state.text("status") else sum(counts.values()),
        "total": sum(standing(session, replace(state.filters, active=()), now).values()),
        "chips": list(state.chips(product_name)),
        "previous_url": state.place(page.previous_cursor, max(1, state.at - ROWS)),
        "next_url": state.place(page.next_cursor, state.at + len(page.items)),
        "last": state.at + len(page.items) - 1,
        "sorts": SORTS,
        "channels": [("", gettext("Every channel")), *((one, term(one)) for one in terms.CHANNELS)],
        "owners": [("", gettext("Everybody's")), *((one, person_name(one)) for one in owners(session))],
        "product_name": product_name,
        "refreshed": wants_fragment(),
    }
    answer = make_response(
        render_template("campaigns/_index.html" if wants_fragment() else "campaigns/index.html", **context)
    )
    if wants_fragment() and request.full_path.removesuffix("?") != state.url:
        # A form also sends the fields that nobody filled in; the address leaves them out.
        answer.headers["HX-Replace-Url"] = state.url
    return answer


def _parameters(session: Session) -> Mapping[str, Sequence[str]]:
    """Return the parameters of the address, with the number of the product that somebody named."""
    parameters = dict(request.args.lists())
    text = request.args.get("product", "").strip()
    found = named(session, text).product if text else None
    return {**parameters, "product_id": [str(found.id)]} if found is not None else parameters


def _read(state: ListState, now: datetime) -> tuple[ListState, Page[Campaign]]:
    """Return the page at the state's cursor; an old or damaged one leads back to the first page."""
    try:
        return state, _page(state, now)
    except RuleError:
        first = replace(state, cursor=None, at=1)
        return first, _page(first, now)


def _page(state: ListState, now: datetime) -> Page[Campaign]:
    return campaigns().search(state.filters, state.sorts, limit=ROWS, cursor=state.cursor, now=now)


def _tabs(state: ListState, counts: Mapping[str, int]) -> list[Tab]:
    chosen = state.filters.texts("status")
    everything = Tab(gettext("All"), state.with_status(""), sum(counts.values()), current=not chosen)
    return [
        everything,
        *(
            Tab(str(words), state.with_status(status), counts.get(status, 0), current=chosen == (status,))
            for status, words in STATUS_WORDS.items()
        ),
    ]


def _row(campaign: Campaign, products: Mapping[int, Offered], now: datetime) -> Row:
    product = products.get(campaign.product_id or 0)
    return Row(
        campaign=campaign,
        status=status_at(campaign, now),
        product=_product(campaign, product),
        product_url=url_for("products.show", product_id=campaign.product_id) if product else None,
        offer=_offer(campaign.product_config, product),
        channels=", ".join(map(term, campaign.channels)),
        time=_time(campaign, now),
        owner=person_name(campaign.owner),
        withdrawn=withdrawn_briefly(campaign.withdrawn_because) if campaign.withdrawn_because else "",
    )


def _product(campaign: Campaign, product: Offered | None) -> str:
    if campaign.use_nbo:
        count = len(campaign.candidates)
        return str(ngettext("One of %(number)s", "Best of %(number)s", count, number=number(count)))
    return product.name if product is not None else ""


def _offer(config: Mapping[str, Any], product: Offered | None) -> str:
    """Return what the campaign changes of its product, in two words."""
    if "price" in config:
        return money(Decimal(config["price"]), config.get("currency") or (product.currency if product else None))
    if "discount_percent" in config:
        return str(gettext("%(percent)s %% less", percent=number(Decimal(config["discount_percent"]))))
    return str(config.get("bonus") or "")


def _time(campaign: Campaign, now: datetime) -> str:
    """Return from when to when it runs; nothing where nobody has said."""
    start, end = campaign.starts_at, campaign.ends_at
    if start and end:
        return f"{since_day(start, now)} \N{EN DASH} {since_day(end, now)}"
    if start:
        return str(gettext("from %(day)s", day=since_day(start, now)))
    return str(gettext("until %(day)s", day=since_day(end, now))) if end else ""
