"""The products that a customer may be offered, loaded: the compiled catalogue says which, most valuable first."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.reader import Reader
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from catalog_app.products.masks.compiled import Compiled
from catalog_app.products.masks.keeping import compiled_catalogue
from catalog_app.products.models import Product
from catalog_app.products.offers import knowing_owned
from catalog_app.products.outcome import Outcome


def compiled_now(reader: Reader) -> Compiled:
    """Return the compiled catalogue of the running application as it is committed now."""
    return compiled_catalogue().at(reader)


def offered(
    session: Session,
    compiled: Compiled,
    customer: CustomerFeatures,
    now: datetime,
    *,
    strict: bool,
    limit: int | None,
    base_currency: str,
) -> Sequence[Product]:
    """Return the products of which the verdict is yes (or unknown, unless strict), most valuable first. One query.

    A product that has changed since the catalogue was compiled is judged once more, as it is read.
    """
    allowed = compiled.eligible(customer, now) if strict else compiled.not_refused(customer, now)
    order = compiled.by_worth(base_currency)
    rows = order[allowed[order]][:limit]
    versions = dict(zip(compiled.ids[rows].tolist(), compiled.versions[rows].tolist(), strict=True))
    found = {product.id: product for product in session.scalars(select(Product).where(Product.id.in_(versions)))}
    moved = {number for number, product in found.items() if product.version != versions[number]}
    if moved:
        customer = knowing_owned(session, customer)
        wanted = (Outcome.YES,) if strict else (Outcome.YES, Outcome.UNKNOWN)
        moved = {number for number in moved if eligibility(found[number], customer, now).outcome not in wanted}
    return [found[number] for number in versions if number in found and number not in moved]
