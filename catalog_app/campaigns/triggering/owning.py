"""What customers own, in both forms in which the products of an offer name what they require or exclude."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.offering import Offering
from catalog_app.products.checks import product_named
from catalog_app.products.models import Product
from catalog_app.products.owned import Owned, ProductKey

_RESTRICTING: Final = ("requires", "excludes")


def knowing_owned(session: Session, offering: Offering, items: Sequence[TriggerItem]) -> list[TriggerItem]:
    """Return the items with all known of what their customers own that this offer asks about.

    One query however many customers there are, none where no product asks.
    """
    asked = {
        product_named(terms.product, entry["product"])
        for terms in offering.terms
        for entry in terms.product.relations
        if entry["relation"] in _RESTRICTING
    }
    if not asked or not any(item.customer.owned for item in items):
        return list(items)
    known = _known(
        session, [one for one in asked if isinstance(one, int)], [x for x in asked if not isinstance(x, int)]
    )
    return [
        item
        if item.customer.owned is None
        else replace(item, customer=item.customer.owning(_both(item.customer.owned, known)))
        for item in items
    ]


def _known(session: Session, ids: Sequence[int], keys: Sequence[ProductKey]) -> list[tuple[int, ProductKey]]:
    key = tuple_(Product.external_system, Product.external_product_id)
    wanted = select(Product.id, Product.external_system, Product.external_product_id)
    found = session.execute(wanted.where(or_(Product.id.in_(ids), key.in_(keys))))
    return [(number, (system, external_id)) for number, system, external_id in found]


def _both(owned: Owned, known: Sequence[tuple[int, ProductKey]]) -> Owned:
    met = [one for one in known if one[0] in owned.ids or one[1] in owned.keys]
    ids, keys = {number for number, _ in met}, {key for _, key in met}
    return Owned(owned.ids | ids, owned.keys | keys, is_resolved=True)
