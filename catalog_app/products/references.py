"""Products that a product names: by our own number or by their source's id, shown to people by their names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from catalog_app.products.formatting import number, reference_text
from catalog_app.products.labels import term
from catalog_app.products.models import Product


@dataclass(frozen=True)
class Reference:
    """One product that another one names. `id` is None where the catalogue does not have it; then `name` is its id.

    `key` is how the checks of eligibility name it: its number, or its source with its id there.
    """

    words: str
    name: str
    id: int | None
    key: str
    note: str = ""


@dataclass(frozen=True)
class References:
    """What a product names, in its own order."""

    relations: tuple[Reference, ...]
    members: tuple[Reference, ...]


def references(session: Session, product: Product) -> References:
    """Return the products that this one names, with their names. One query, none where it names nothing."""
    entries = [*product.relations, *product.members]
    known = _known(session, product.external_system, [entry["product"] for entry in entries]) if entries else {}
    return References(
        relations=tuple(
            _reference(product, entry, known, words=term(entry["relation"])) for entry in product.relations
        ),
        members=tuple(_reference(product, entry, known, note=_amount(entry)) for entry in product.members),
    )


def _reference(
    product: Product, entry: Mapping[str, Any], known: Mapping[Any, tuple[int, str]], *, words: str = "", note: str = ""
) -> Reference:
    named = _key(product.external_system, entry["product"])
    key = str(named) if isinstance(named, int) else ":".join(named)
    number_, name = known.get(named, (None, reference_text(entry["product"])))
    return Reference(words, name, number_, key, note)


def _key(system: str, named: Any) -> int | tuple[str, str]:
    """Return what finds a product: our number, or its source with its id there; alone, an id is of the same source."""
    if isinstance(named, int):
        return named
    return (system, named) if isinstance(named, str) else (str(named[0]), str(named[1]))


def _known(session: Session, system: str, named: Iterable[Any]) -> dict[Any, tuple[int, str]]:
    keys = {_key(system, one) for one in named}
    numbers = [key for key in keys if isinstance(key, int)]
    pairs = [key for key in keys if not isinstance(key, int)]
    pair = tuple_(Product.external_system, Product.external_product_id)
    rows = session.execute(
        select(Product.id, Product.name, Product.external_system, Product.external_product_id).where(
            Product.deleted_at.is_(None), or_(Product.id.in_(numbers), pair.in_(pairs))
        )
    ).all()
    by_number = {row.id: (row.id, row.name) for row in rows}
    return by_number | {(row.external_system, row.external_product_id): (row.id, row.name) for row in rows}


def _amount(entry: Mapping[str, Any]) -> str:
    """Return how many of a member a product holds: nothing where it is exactly one."""
    least, most = entry.get("min", 0), entry.get("max")
    if (least, most) == (1, 1):
        return ""
    if most is None:
        return str(gettext("at least %(least)s", least=number(least))) if least else str(gettext("any number"))
    return str(gettext("%(least)s to %(most)s", least=number(least), most=number(most)))


def reference_words(found: Sequence[Reference]) -> str:
    """Return the products as one line: "Excludes Flex 30 GB; Excludes Flex 60 GB"."""
    return "; ".join(" ".join(filter(None, (one.words, one.name))) for one in found)
