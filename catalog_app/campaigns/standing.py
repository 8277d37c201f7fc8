"""What the list of campaigns says beside its rows: how many there are of each state, whose they are, what they offer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.campaigns.filters import CampaignFilters
from catalog_app.campaigns.lifecycle import status_sql
from catalog_app.campaigns.models import Campaign
from catalog_app.products.models import Product


def standing(session: Session, filters: CampaignFilters, now: datetime) -> dict[str, int]:
    """Return how many campaigns that fit are in each state. One query."""
    status = status_sql(now).label("standing")
    narrowed = filters.narrow(select(Campaign).where(Campaign.deleted_at.is_(None)), now)
    counted = narrowed.with_only_columns(status, func.count()).group_by(status)
    return {row[0]: row[1] for row in session.execute(counted)}


def owners(session: Session) -> Sequence[str]:
    """Return whose campaigns there are."""
    return session.scalars(
        select(Campaign.owner).where(Campaign.deleted_at.is_(None)).distinct().order_by(Campaign.owner)
    ).all()


@dataclass(frozen=True)
class Offered:
    """A product as the list names it, with the currency in which an offer of it is made."""

    name: str
    currency: str | None


def offered_products(
    session: Session, campaigns: Iterable[Campaign], *, also: Iterable[int] = ()
) -> dict[int, Offered]:
    """Return the products of these campaigns by number, and some more. One query, none where there are none."""
    numbers = {campaign.product_id for campaign in campaigns if campaign.product_id is not None} | {*also}
    if not numbers:
        return {}
    query = select(Product.id, Product.name, Product.currency).where(Product.id.in_(numbers))
    return {number: Offered(name, currency) for number, name, currency in session.execute(query)}
