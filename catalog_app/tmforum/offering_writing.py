"""What a client wrote of an offering: what of it the product takes, and what is kept beside it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.errors import NotFoundError, RuleError
from catalog_app.products.models import Product
from catalog_app.products.patch import merge_patch
from catalog_app.products.terms import PRODUCT_TYPES
from catalog_app.tmforum import kept
from catalog_app.tmforum.addresses import Addresses
from catalog_app.tmforum.attributes import OFFERING, checked
from catalog_app.tmforum.categories import SEPARATOR, path_of
from catalog_app.tmforum.models import TmfResource
from catalog_app.tmforum.offering import FIELDS, Around, offering, product_fields, said_beside
from catalog_app.tmforum.words import status_of


def read_written(
    body: Mapping[str, Any], *, product_type: str | None, actor: str
) -> tuple[dict[str, Any], Callable[[Session, Product], None]]:
    """Return the fields of a product that were written, and what writes the rest beside it."""
    written = checked(OFFERING, body)
    specification = _checked_specification(written)
    category = _category(written.get("category") or ())
    fields = product_fields(written, product_type=product_type, kept_price=_kept_price, category=category)
    said = said_beside(written, specification)

    def beside(session: Session, product: Product) -> None:
        _say(session, product, said, actor=actor)

    return fields, beside


def _say(session: Session, product: Product, said: Mapping[str, Any], *, actor: str) -> None:
    """Keep what was said beside a product, with its revision; nothing where nothing changes."""
    row = session.scalars(select(TmfResource).where(TmfResource.product_id == product.id)).one_or_none()
    before = row.body if row else {}
    # What the product says by itself needs no keeping; kept, it would hide what people change later.
    plain = offering({field: getattr(product, field) for field in FIELDS}, {}, Around(Addresses("")))
    after = merge_patch(before, {name: None if value == plain.get(name) else value for name, value in said.items()})
    if after == before:
        return
    changes = {name: [before.get(name), after.get(name)] for name in said if before.get(name) != after.get(name)}
    if row is None:
        row = TmfResource(kind="productOffering", product_id=product.id)
        session.add(row)
    word = after.get("lifecycleStatus")
    row.name, row.body = product.name, after
    row.lifecycle_status = status_of(word) if word else product.lifecycle_status
    row.updated_at = utcnow()
    # Its history is told under the number of the offering that a client knows.
    session.flush()
    kept.record(session, ("productOffering", product.id, product.name), changes, version=row.version, actor=actor)


def _kept_price(price_id: str) -> Mapping[str, Any]:
    return kept.find("productOfferingPrice", price_id).body


def _checked_specification(written: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the id of the specification that was written if a client made it; raise RuleError for one of nobody."""
    named = written.get("productSpecification")
    if not named or named.get("id") in PRODUCT_TYPES:
        return ()
    spec_id = named.get("id")
    try:
        return (str(kept.find("productSpecification", str(spec_id)).id),)
    except NotFoundError as missing:
        raise RuleError({"productSpecification": str(missing)}) from None


def _category(entries: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the category that references name together: each one below those before it, unless it is told whole."""
    path = ""
    for entry in entries:
        named = _named_path(entry)
        is_below = not path or named.startswith(path + SEPARATOR) or named == path
        path = named if is_below else f"{path}{SEPARATOR}{named}"
    return path or None


def _named_path(entry: Mapping[str, Any]) -> str:
    category_id, name = entry.get("id"), entry.get("name")
    try:
        if isinstance(category_id, str):
            return path_of(category_id)
    except NotFoundError as missing:
        # A client may bring a category of its own, which then begins with this product.
        if not isinstance(name, str):
            raise RuleError({"category": str(missing)}) from None
    if not isinstance(name, str) or not name.strip():
        raise RuleError({"category": "Name each category by its id, or by its name."})
    return name
