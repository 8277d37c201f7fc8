"""What a customer owns: products known by their id, by their source's own id, or by both."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from catalog_app.core.errors import Sentence
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome

MAX_OWNED = 1000
MAX_ID = 2**31 - 1

ProductKey = tuple[str, str]
"""(external system, external id)."""


@dataclass(frozen=True)
class Owned:
    """The products a customer owns. `is_resolved` says that each one in the catalogue stands here in both forms."""

    ids: frozenset[int] = frozenset()
    keys: frozenset[ProductKey] = frozenset()
    is_resolved: bool = False

    def has(self, product: int | ProductKey) -> Outcome:
        """Return whether this product is owned; unknown where only the other form could tell."""
        if product in self.ids or product in self.keys:
            return Outcome.YES
        other_form = self.keys if isinstance(product, int) else self.ids
        return Outcome.UNKNOWN if other_form and not self.is_resolved else Outcome.NO


def owned_from(entries: Iterable[object]) -> Owned:
    """Return what entries such as 7, "7", "xiva:PO-7" or ["xiva", "PO-7"] name; raise ValueError for any other."""
    named = [_named(entry) for entry in entries]
    if len(named) > MAX_OWNED:
        raise ValueError(Sentence("Use at most %(most)s entries.", most=MAX_OWNED))
    return Owned(
        ids=frozenset(name for name in named if isinstance(name, int)),
        keys=frozenset(name for name in named if isinstance(name, tuple)),
    )


def resolve_owned(session: Session, owned: Owned) -> Owned:
    """Return the same products in both forms, as far as the catalogue knows them. One query, none if nothing is owned."""
    if owned.is_resolved or not (owned.ids or owned.keys):
        return Owned(owned.ids, owned.keys, is_resolved=True)
    key = tuple_(Product.external_system, Product.external_product_id)
    found = session.execute(
        select(Product.id, Product.external_system, Product.external_product_id).where(
            or_(Product.id.in_(owned.ids), key.in_(owned.keys)),
        ),
    ).all()
    return Owned(
        ids=owned.ids | {row.id for row in found},
        keys=owned.keys | {(row.external_system, row.external_product_id) for row in found},
        is_resolved=True,
    )


def _named(entry: object) -> int | ProductKey:
    if isinstance(entry, str) and entry.isascii() and entry.isdigit() and len(entry) <= len(str(MAX_ID)):
        entry = int(entry)
    if isinstance(entry, int) and not isinstance(entry, bool) and 0 < entry <= MAX_ID:
        return entry
    parts = entry.split(":", 1) if isinstance(entry, str) else entry
    if isinstance(parts, list | tuple):
        match parts:
            case [str(system), str(external_id)] if system and external_id and _is_plain(system + external_id):
                return system, external_id
    raise ValueError(Sentence("Name each product by its id, such as 7, or as system:external id, such as xiva:PO-7."))


def _is_plain(text: str) -> bool:
    # PostgreSQL takes neither NUL nor half of a surrogate pair.
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
