"""What a customer may be offered: the prefilter narrows in SQL, the verdict decides, value orders."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select
from sqlalchemy.orm import Session

from catalog_app.core.cursor import Place, SortKey, read_cursor, write_cursor
from catalog_app.core.paging import Page
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict, eligibility
from catalog_app.products.models import Product
from catalog_app.products.owned import resolve_owned
from catalog_app.products.prefilter import not_refused_condition


@dataclass(frozen=True)
class Offer:
    """A product that was not refused to a customer, with the verdict (yes or unknown) that says why.

    `worth` is what it is ranked by; None where its value does not compare with the others.
    """

    product: Product
    verdict: Verdict
    worth: Decimal | None

    @property
    def id(self) -> int:
        return self.product.id

    @property
    def rank(self) -> tuple[bool, Decimal, int]:
        """Where it stands among others: by worth, the highest first, then by id."""
        return self.worth is None, -(self.worth or Decimal(0)), self.id


# The same order, as cursors write it down. The worth is written as the column that it most often comes from.
_ORDER = (SortKey("worth", Product.business_value, descending=True, nullable=True), SortKey("id", Product.id))


def offers_for(
    session: Session,
    products: Select[Product],
    customer: CustomerFeatures,
    *,
    now: datetime,
    channel: str | None,
    base_currency: str,
) -> Sequence[Offer]:
    """Return the products not refused to this customer, most valuable first. One query."""
    customer = knowing_owned(session, customer)
    candidates = session.scalars(products.where(not_refused_condition(customer, now, channel)))
    verdicts = (
        Offer(product, eligibility(product, customer, now, channel), worth(product, base_currency))
        for product in candidates
    )
    return sorted((offer for offer in verdicts if offer.verdict.outcome != "no"), key=lambda offer: offer.rank)


def verdicts_on(
    session: Session, products: Select[Product], customer: CustomerFeatures, *, now: datetime, channel: str | None
) -> dict[int, Verdict]:
    """Return what is decided about each of these products, by its number."""
    customer = knowing_owned(session, customer)
    return {product.id: eligibility(product, customer, now, channel) for product in session.scalars(products)}


def knowing_owned(session: Session, customer: CustomerFeatures) -> CustomerFeatures:
    """Return the customer with what they own in both forms in which a product may name it."""
    # A relation may name a product by its number or as its source does; what is owned is known in both forms.
    return customer if customer.owned is None else customer.owning(resolve_owned(session, customer.owned))


def offer_page(offers: Sequence[Offer], *, limit: int, cursor: str | None) -> Page[Offer]:
    """Return the offers after the cursor, the first without one; raise RuleError for a cursor that is not one of ours.

    A cursor names a place by worth and id, so a page stays right while offers come and go.
    """
    start = bisect_right(offers, _place(cursor), key=lambda offer: offer.rank) if cursor else 0
    end = start + limit
    following = write_cursor(_place_of(offers[end - 1]), _ORDER) if end < len(offers) else None
    return Page(offers[start:end], following, None)


def _place(cursor: str) -> tuple[bool, Decimal, int]:
    worth, product_id = read_cursor(cursor, _ORDER).values
    return worth is None, -(worth or Decimal(0)), product_id


def _place_of(offer: Offer) -> Place:
    return Place("after", (offer.worth, offer.id))


def worth(product: Product, base_currency: str) -> Decimal | None:
    if product.business_value is None and product.currency == base_currency:
        return product.price
    return product.business_value
