"""What a customer may be offered: the prefilter narrows in SQL, the verdict decides, value orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select
from sqlalchemy.orm import Session

from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict, eligibility
from catalog_app.products.models import Product
from catalog_app.products.prefilter import not_refused_condition


@dataclass(frozen=True)
class Offer:
    """A product that was not refused to a customer, with the verdict (yes or unknown) that says why."""

    product: Product
    verdict: Verdict


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
    candidates = session.scalars(products.where(not_refused_condition(customer, now, channel)))
    verdicts = (Offer(product, eligibility(product, customer, now, channel)) for product in candidates)
    offers = [offer for offer in verdicts if offer.verdict.outcome != "no"]
    return sorted(offers, key=lambda offer: _rank(offer.product, base_currency))


def _rank(product: Product, base_currency: str) -> tuple[bool, Decimal, int]:
    value = product.business_value
    if value is None and product.currency == base_currency:
        value = product.price
    return value is None, -(value or Decimal(0)), product.id
