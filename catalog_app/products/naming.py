"""Finding the one product that somebody means: by its number, its source's id, or its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.cursor import SortKey
from catalog_app.core.errors import RuleError
from catalog_app.core.text import fold
from catalog_app.products.filters import SEARCH, parse_filters
from catalog_app.products.models import Product
from catalog_app.products.owned import MAX_ID
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.systems import systems
from catalog_app.products.terms import MANUAL

MOST = 8
_BY_NAME = (SortKey("name", Product.name), SortKey("id", Product.id))


@dataclass(frozen=True)
class Named:
    """The product that a text names, where it names exactly one, and else those that it may mean, at most `MOST`."""

    product: Product | None
    candidates: Sequence[Product] = ()


def named(session: Session, text: str, *, system: str | None = None) -> Named:
    """Return what "#7", "7", "PO-10482", "xiva:PO-10482" or "Flex Postpaid" names.

    An id that several systems use is one of `system`, where that has it. A name counts as a whole only.
    """
    text = text.strip()
    if not text:
        return Named(None)
    if (found := _by_number(session, text)) is not None:
        return Named(found)
    known = _by_external_id(session, text)
    own = [product for product in known if product.external_system == system]
    if len(known) == 1 or own:
        return Named((own or known)[0])
    candidates = known or suggestions(text)
    same = [product for product in candidates if fold(product.name) == fold(text)]
    return Named(same[0]) if len(same) == 1 else Named(None, candidates)


def suggestions(text: str) -> Sequence[Product]:
    """Return the products that a text is found in, by name."""
    try:
        filters = parse_filters({SEARCH: [text]})
    except RuleError:
        return ()
    if not filters:
        return ()
    return ProductCatalogService().search(filters, _BY_NAME, limit=MOST, cursor=None, now=utcnow()).items


def reference_of(product: Product) -> str:
    """Return how a form names a product, so that it is found again whatever is renamed: "#7"."""
    return f"#{product.id}"


def _by_number(session: Session, text: str) -> Product | None:
    digits = text.removeprefix("#")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > len(str(MAX_ID)) or int(digits) > MAX_ID:
        return None
    product = session.get(Product, int(digits))
    return product if product is not None and product.deleted_at is None else None


def _by_external_id(session: Session, text: str) -> Sequence[Product]:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        return ()
    living = select(Product).where(Product.deleted_at.is_(None)).order_by(Product.external_system).limit(MOST)
    system, colon, external_id = text.partition(":")
    if colon and system and external_id:
        pair = (Product.external_system == system, Product.external_product_id == external_id)
        if found := session.scalars(living.where(*pair)).all():
            return found
    # Every system is named, so that the index of identities finds it.
    anywhere = Product.external_system.in_([*systems(), MANUAL])
    return session.scalars(living.where(anywhere, Product.external_product_id == text)).all()
