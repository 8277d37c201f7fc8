"""The campaigns of one product, as the part of its page that is read by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.accounts import requires_role
from catalog_app.accounts.names import person_name
from catalog_app.campaigns.filters import parse_filters, parse_sort
from catalog_app.campaigns.forms_words import POLICIES
from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.models import Campaign, Delivery
from catalog_app.campaigns.results.reading import IS_TOLD
from catalog_app.campaigns.trial import is_counted
from catalog_app.campaigns.views.blueprint import bp, campaigns
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.rates import percent

MOST: Final = 20


@dataclass(frozen=True)
class Row:
    """One campaign: how it stands, what it does when the product goes, and how many took its offer."""

    campaign: Campaign
    status: str
    policy: str
    owner: str
    sent: int
    rate: str


@bp.get("/of-product/<int:product_id>")
@requires_role("viewer")
def of_product(product_id: int) -> ResponseReturnValue:
    """Show the campaigns that offer a product, live or not; without htmx it is the list, narrowed to them."""
    everything = url_for("campaigns.index", product_id=product_id)
    if not wants_fragment():
        return redirect(everything)
    session, now = db.session(), utcnow()
    filters = parse_filters({"product_id": [str(product_id)]})
    found = campaigns().search(filters, parse_sort("-updated_at"), limit=MOST, cursor=None, now=now)
    told = _told(session, [one.id for one in found.items])
    rows = [_row(one, status_at(one, now), told.get(one.id, (0, 0))) for one in found.items]
    more = found.next_cursor is not None
    return render_template("campaigns/_of_product.html", rows=rows, everything=everything, more=more)


def _row(campaign: Campaign, status: str, told: tuple[int, int]) -> Row:
    sent, accepted = told
    return Row(
        campaign=campaign,
        status=status,
        policy=str(POLICIES[campaign.on_withdrawal]),
        owner=person_name(campaign.owner.removeprefix("user:")),
        sent=sent,
        rate=percent(accepted / sent) if sent else "",
    )


def _told(session: Session, campaign_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    """Return by campaign how many messages arrived and how many were accepted. One query."""
    accepted: Any = func.count(Delivery.accepted_at)
    query = (
        select(Delivery.campaign_id, func.count(), accepted)
        .where(Delivery.campaign_id.in_(campaign_ids), is_counted(), IS_TOLD)
        .group_by(Delivery.campaign_id)
    )
    return {campaign_id: (sent, taken) for campaign_id, sent, taken in session.execute(query)}
