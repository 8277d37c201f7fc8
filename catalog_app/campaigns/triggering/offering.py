"""What a campaign offers at this moment: its product, one of its candidates, or what stands in for a withdrawn one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, or_, select, tuple_
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import LAST_SNAPSHOT, SUCCESSOR, Campaign
from catalog_app.campaigns.offering import NO_CANDIDATE, as_product, withdrawal_of
from catalog_app.campaigns.triggering.choosing import by_value
from catalog_app.campaigns.triggering.withdrawal import Followed, config_for_successor
from catalog_app.products.checks import product_named
from catalog_app.products.models import Product

MOST_STEPS: Final = 10
"""How far successors of successors are followed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One product that may be offered, what the campaign changes of it, and the withdrawal for which it stands in."""

    product: Product
    config: Mapping[str, Any]
    withdrawal: Followed | None = None

    @property
    def successor_of(self) -> int | None:
        """The product that this one replaces, for the customer to be told."""
        withdrawal = self.withdrawal
        return withdrawal.product_id if withdrawal is not None and withdrawal.policy == SUCCESSOR else None


@dataclass(frozen=True, slots=True)
class Offering:
    """What may be offered, best first. Without any terms, `withdrawal` says what becomes of the customers.

    `seen` are the products of the catalogue that this depends on, by number, as they were read.
    """

    terms: tuple[Terms, ...]
    seen: Mapping[int, Product]
    withdrawal: Followed | None = None

    @property
    def versions(self) -> dict[int, int]:
        return {number: product.version for number, product in self.seen.items()}

    @property
    def product_ids(self) -> list[int]:
        return [terms.product.id for terms in self.terms]

    def without(self, product_id: int) -> "Offering":
        """Return what is left to be offered without one of several products."""
        return replace(self, terms=tuple(terms for terms in self.terms if terms.product.id != product_id))


def offering_of(session: Session, campaign: Campaign, now: datetime, *, base_currency: str) -> Offering:
    """Return what the campaign offers now. Its products are taken out of the session: they stay as they were read."""
    if campaign.product_id is None:
        return _of_candidates(session, campaign, now, base_currency=base_currency)
    product = _products(session, [campaign.product_id])[0]
    seen = {product.id: product}
    withdrawn = withdrawal_of(product, now)
    if withdrawn is None:
        return Offering((Terms(product, campaign.product_config),), seen)
    followed = Followed(campaign.on_withdrawal, withdrawn.because, product.id)
    if campaign.on_withdrawal == SUCCESSOR:
        return _succeeded(session, campaign, product, followed, now)
    if campaign.on_withdrawal == LAST_SNAPSHOT and campaign.last_snapshot:
        terms = Terms(as_product(campaign.last_snapshot), campaign.product_config, followed)
        return Offering((terms,), seen, followed)
    return Offering((), seen, followed)


def _of_candidates(session: Session, campaign: Campaign, now: datetime, *, base_currency: str) -> Offering:
    products = _products(session, campaign.candidates) if campaign.use_nbo else []
    offered = [product for product in by_value(products, base_currency) if withdrawal_of(product, now) is None]
    seen = {product.id: product for product in products}
    if products and not offered:
        return Offering((), seen, Followed(campaign.on_withdrawal, NO_CANDIDATE, None))
    return Offering(tuple(Terms(product, campaign.product_config) for product in offered), seen)


def _succeeded(session: Session, campaign: Campaign, product: Product, followed: Followed, now: datetime) -> Offering:
    """Follow `replaced_by` to the first product that can be offered; without one the customers wait."""
    seen = {product.id: product}
    for successor in _successors(session, product):
        seen[successor.id] = successor
        if withdrawal_of(successor, now) is None and (successor.valid_from is None or successor.valid_from <= now):
            config, dropped = config_for_successor(campaign.product_config)
            to_it = replace(followed, successor_id=successor.id, dropped=dropped)
            return Offering((Terms(successor, config, to_it),), seen, to_it)
    return Offering((), seen, followed)


def _successors(session: Session, product: Product) -> Iterator[Product]:
    """Yield what replaces a product, then what replaces those, each product once, nearest first."""
    met, step = {product.id}, [product]
    for _ in range(MOST_STEPS):
        found = [one for one in _named(session, step) if one.id not in met]
        if not found:
            return
        met.update(one.id for one in found)
        yield from found
        step = found


def _named(session: Session, products: Sequence[Product]) -> list[Product]:
    """Return what replaces these products, in the order in which they name it."""
    references = [
        product_named(product, entry["product"])
        for product in products
        for entry in product.relations
        if entry["relation"] == "replaced_by"
    ]
    numbers = [one for one in references if isinstance(one, int)]
    pairs = [one for one in references if not isinstance(one, int)]
    if not references:
        return []
    key = tuple_(Product.external_system, Product.external_product_id)
    wanted = select(Product).where(or_(Product.id.in_(numbers), key.in_(pairs)))
    found = _detached(session, session.scalars(wanted, execution_options=FRESH))
    by_id = {one.id: one for one in found}
    by_key = {(one.external_system, one.external_product_id): one for one in found}
    named = (by_id.get(one) if isinstance(one, int) else by_key.get(one) for one in dict.fromkeys(references))
    return list(dict.fromkeys(one for one in named if one is not None))


def _products(session: Session, ids: Collection[int]) -> list[Product]:
    return _detached(session, session.scalars(_BY_ID, {"ids": list(ids)}, execution_options=FRESH))


def _detached(session: Session, products: Any) -> list[Product]:
    found = list(products)
    for product in found:
        session.expunge(product)
    return found


FRESH: Final = {"populate_existing": True}
"""What the session has read before may be another by now, and quotas move past it."""
_BY_ID: Final = select(Product).where(Product.id.in_(bindparam("ids", expanding=True)))
