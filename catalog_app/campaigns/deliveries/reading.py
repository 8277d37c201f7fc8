"""Reading deliveries: those of a campaign, newest first, and one of them."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import Delivery
from catalog_app.core.cursor import SortKey
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.core.paging import Page, page

NEWEST_FIRST: Final = (SortKey("id", Delivery.id, descending=True),)


def deliveries(
    session: Session,
    campaign_id: int,
    *,
    status: str | None = None,
    customer: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[Delivery]:
    """Return a page of what triggers of a campaign came to; the same cost on page 10,000 as on page 1.

    `customer` is a hash (contacts/customers.py).
    """
    query = select(Delivery).where(Delivery.campaign_id == campaign_id)
    if status is not None:
        query = query.where(Delivery.status == status)
    if customer is not None:
        # Apart, so that the few rows of the customer are found first: an index in the order of the page would be
        # walked through all of the campaign's.
        own = select(Delivery.id).where(Delivery.campaign_id == campaign_id, Delivery.customer == customer)
        query = query.where(Delivery.id.in_(own))
    return page(session, query, NEWEST_FIRST, limit, cursor)


def found(session: Session, delivery_id: int) -> Delivery:
    """Return a delivery, or raise NotFoundError."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFoundError(Sentence("There is no delivery %(number)s.", number=delivery_id))
    return delivery
