"""Products that name a product: bundles that hold it, and products with a relation to it.

No check of eligibility looks inside a bundle, and a relation asks what a customer owns, not what is still sold: so
what names a product that is retired or deleted stays on sale, and says so here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from flask import url_for
from flask_babel import gettext
from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from catalog_app.products.labels import term
from catalog_app.products.lifecycle import TRANSITIONS
from catalog_app.products.models import NAMES_MEMBERS, NAMES_RELATIONS, Product

LISTED: Final = 100
MEMBER: Final = "member"
_NAMING: Final = ((Product.members, NAMES_MEMBERS), (Product.relations, NAMES_RELATIONS))
_ENDED: Final = tuple(status for status, following in TRANSITIONS.items() if not following)


@dataclass(frozen=True)
class NamingProduct:
    """A product that names another one, and what that does to it."""

    name: str
    url: str
    consequence: str


def naming_products(session: Session, product_id: int) -> Sequence[NamingProduct]:
    """Return the living products that name this one, those on sale first, at most `LISTED`. One query.

    It goes through the products that name any other, of which there are few: 10 ms where they are 12,000 of 100,000.
    """
    product = session.get(Product, product_id)
    if product is None:
        return ()
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    found = session.execute(_postgresql(product) if is_postgresql else _sqlite(product)).all()
    return [
        NamingProduct(row.name, url_for("products.show", product_id=row.id), _consequence(way, row.lifecycle_status))
        for row in found
        for way in dict.fromkeys(_ways(row, product))
    ]


def _living(condition: ColumnElement[bool]) -> Select[Any]:
    on_sale_first = case((Product.lifecycle_status == "launched", 0), else_=1)
    return (
        select(
            Product.id,
            Product.name,
            Product.external_system,
            Product.lifecycle_status,
            Product.members,
            Product.relations,
        )
        .where(Product.deleted_at.is_(None), Product.lifecycle_status.not_in(_ENDED), condition)
        .order_by(on_sale_first, Product.name, Product.id)
        .limit(LISTED)
    )


def _postgresql(product: Product) -> Select[Any]:
    return _living(or_(*(and_(text(names_some), _names(column, product, _contains)) for column, names_some in _NAMING)))


def _sqlite(product: Product) -> Select[Any]:
    """Return the query that looks for the texts first, in the index alone, and at the entries of what has them."""
    number, external_id = str(product.id), orjson.dumps(product.external_product_id).decode()
    texts = [
        select(Product.id)
        .correlate(None)
        .where(text(names_some), or_(func.instr(column, number) > 0, func.instr(column, external_id) > 0))
        for column, names_some in _NAMING
    ]
    likely = Product.id.in_(texts[0].union_all(texts[1]))
    return _living(and_(likely, or_(*(_names(column, product, _has_entry) for column, _ in _NAMING))))


def _names(column: Any, product: Product, says: Any) -> ColumnElement[bool]:
    """Return the condition that an entry names the product: by number, by its id in the same system, or by both."""
    system, external_id = product.external_system, product.external_product_id
    return or_(
        says(column, product.id),
        says(column, [system, external_id]),
        and_(Product.external_system == system, says(column, external_id)),
    )


def _contains(column: Any, named: Any) -> ColumnElement[bool]:
    entry: ColumnElement[str] = literal(orjson.dumps([{"product": named}]).decode(), Text())
    condition: ColumnElement[bool] = column.op("@>", is_comparison=True)(cast(entry, JSONB))
    return condition


def _has_entry(column: Any, named: Any) -> ColumnElement[bool]:
    entries = func.json_each(column).table_valued("value")
    paths = {"$.product[0]": named[0], "$.product[1]": named[1]} if isinstance(named, list) else {"$.product": named}
    said = (func.json_extract(entries.c.value, path) == value for path, value in paths.items())
    return select(literal_column("1")).select_from(entries).where(*said).exists()


def _ways(row: Any, product: Product) -> Iterator[str]:
    """Yield how a product names the other one: as its member, or by which relation."""
    for way, entry in (*((MEMBER, entry) for entry in row.members), *((one["relation"], one) for one in row.relations)):
        if _is_named(entry, row.external_system, product):
            yield way


def _is_named(entry: Mapping[str, Any], system: str, product: Product) -> bool:
    named = entry["product"]
    if isinstance(named, int):
        return named == product.id
    pair = [system, named] if isinstance(named, str) else list(named)
    return pair == [product.external_system, product.external_product_id]


def _consequence(way: str, status: str) -> str:
    """Return what becomes of a product that names one which is suspended, retired or deleted."""
    on_sale = {
        MEMBER: gettext("Bundle, active: stays on sale as it is"),
        "requires": gettext("Requires it, active: sold only to those who have it"),
        "excludes": gettext("Excludes it, active: not sold to those who have it"),
        "optional_for": gettext("Option of it, active: stays on sale"),
        "replaced_by": gettext("Replaced by it, active: stays on sale"),
    }
    off_sale = {
        MEMBER: gettext("Bundle, not on sale: %(status)s", status=term(status)),
        "requires": gettext("Requires it, not on sale: %(status)s", status=term(status)),
        "excludes": gettext("Excludes it, not on sale: %(status)s", status=term(status)),
        "optional_for": gettext("Option of it, not on sale: %(status)s", status=term(status)),
        "replaced_by": gettext("Replaced by it, not on sale: %(status)s", status=term(status)),
    }
    return str(on_sale[way] if status == "launched" else off_sale[way])
