"""Product offerings: read from the products in pieces, and written through the catalogue's own service."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, func, or_, select, tuple_
from sqlalchemy.orm import Session

from catalog_app.core.db import db
from catalog_app.core.errors import NotFoundError
from catalog_app.products.counters.models import ProductCount
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.terms import LIFECYCLE_STATUSES
from catalog_app.tmforum import kept
from catalog_app.tmforum.addresses import Addresses, Kind
from catalog_app.tmforum.asking import Asked, in_our_words
from catalog_app.tmforum.attributes import OFFERING
from catalog_app.tmforum.categories import levels, made_ids
from catalog_app.tmforum.models import TmfResource
from catalog_app.tmforum.offering import (
    ATTRIBUTE_OF,
    FIELDS,
    Around,
    offering,
    reference,
)
from catalog_app.tmforum.offering_filters import fitting
from catalog_app.tmforum.offering_writing import read_written
from catalog_app.tmforum.resource import Document, Found
from catalog_app.tmforum.words import DRAFTS, PUBLIC

PIECE = 500
"""How many offerings are built at once: a list as long as the catalogue never stands in memory."""

_COLUMNS = tuple(getattr(Product, field) for field in FIELDS)
_SELECT = select(*_COLUMNS, TmfResource.body, TmfResource.updated_at.label("said_at")).outerjoin(
    TmfResource, TmfResource.product_id == Product.id
)


class Offerings:
    """An offering is a product; what a product has no place for is kept beside it, in the same transaction."""

    kind: Kind = "productOffering"
    attributes = OFFERING
    filters = (
        "id", "href", "name", "description", "lifecycleStatus", "statusReason", "version", "isBundle", "isSellable",
        "lastUpdate",
    )  # fmt: skip

    def some(self, asked: Asked, addresses: Addresses) -> Found:
        session = db.session()
        conditions = fitting(asked, addresses)
        numbers = select(Product.id).where(*conditions).order_by(Product.id).offset(asked.offset).limit(asked.limit)
        ids = array("q", session.scalars(numbers))
        is_whole = asked.limit is None and not asked.offset
        total = len(ids) if is_whole else _count(session, conditions) if asked.filters else _counted(session, asked)
        # What was made between the two questions is counted too.
        total = max(total, asked.offset + len(ids)) if ids else total
        piece = len(ids) <= PIECE
        return Found(total, len(ids), _piece(session, ids, addresses) if piece else _pieces(db.engine, ids, addresses))

    def one(self, resource_id: str, addresses: Addresses, *, sees_drafts: bool) -> Document:
        session = db.session()
        number = kept.row_id(resource_id)
        query = _SELECT.where(Product.id == number, Product.deleted_at.is_(None))
        row = session.execute(query).one_or_none() if number else None
        if row is None or not (sees_drafts or row.lifecycle_status not in DRAFTS):
            raise NotFoundError(f"There is no productOffering {resource_id[:50]}.")
        return _shown([row], _around(session, [row], addresses))[0]

    def create(self, body: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document:
        fields, beside = read_written(body, product_type=None, actor=actor)
        with in_our_words(ATTRIBUTE_OF):
            made = ProductCatalogService().create(fields, actor=actor, also=beside)
        return self.one(str(made.id), addresses, sees_drafts=True)

    def change(self, resource_id: str, patch: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document:
        product = ProductCatalogService().get(_number(resource_id))
        fields, beside = read_written(patch, product_type=product.product_type, actor=actor)
        with in_our_words(ATTRIBUTE_OF):
            ProductCatalogService().patch(product.id, fields, expected_version=None, actor=actor, also=beside)
        return self.one(resource_id, addresses, sees_drafts=True)

    def delete(self, resource_id: str, *, actor: str) -> None:
        ProductCatalogService().delete(_number(resource_id), expected_version=None, actor=actor)


def _number(resource_id: str) -> int:
    number = kept.row_id(resource_id)
    if number is None:
        raise NotFoundError(f"There is no productOffering {resource_id[:50]}.")
    return number


def _count(session: Session, conditions: Iterable[ColumnElement[bool]]) -> int:
    return session.execute(select(func.count(Product.id)).where(*conditions)).scalar_one()


def _counted(session: Session, asked: Asked) -> int:
    """Return how many offerings a reader sees, as the catalogue's counters know it."""
    states = LIFECYCLE_STATUSES if asked.sees_drafts else PUBLIC
    query = select(func.coalesce(func.sum(ProductCount.n), 0)).where(ProductCount.lifecycle_status.in_(states))
    return int(session.execute(query).scalar_one())


def _pieces(engine: Engine, ids: "array[int]", addresses: Addresses) -> Iterator[Document]:
    """Yield the offerings with these numbers; they are told after the request is over, so by a session of their own."""
    with Session(engine) as session:
        for start in range(0, len(ids), PIECE):
            yield from _piece(session, ids[start : start + PIECE], addresses)


def _piece(session: Session, ids: "array[int]", addresses: Addresses) -> list[Document]:
    """Return the offerings with these numbers; one that is deleted meanwhile is still told as it was."""
    if not ids:
        return []
    rows = session.execute(_SELECT.where(Product.id.in_(ids)).order_by(Product.id)).all()
    return _shown(rows, _around(session, rows, addresses))


def _shown(rows: Iterable[Row[*tuple[Any, ...]]], around: Around) -> list[Document]:
    return [offering(_with_moment(row), row.body or {}, around) for row in rows]


def _with_moment(row: Row[*tuple[Any, ...]]) -> Mapping[str, Any]:
    """Return the product's values, changed last when the product or what is kept beside it was."""
    values: Any = row._mapping  # noqa: SLF001  # SQLAlchemy's documented way to a row's names
    is_newer = row.said_at is not None and row.said_at > row.updated_at
    return {**values, "updated_at": row.said_at} if is_newer else dict(values)


def _around(session: Session, rows: Iterable[Row[*tuple[Any, ...]]], addresses: Addresses) -> Around:
    """Return what these offerings name, with one query for each kind of thing that any of them names."""
    rows = list(rows)
    members = {reference(member, row.external_system) for row in rows for member in row.members}
    paths = {path for row in rows for path in levels(row.category)}
    specs = {number for row in rows if (number := _specification(row.body))}
    return Around(addresses, _products(session, members), made_ids(session, paths), _names(session, specs))


def _specification(said: Mapping[str, Any] | None) -> int | None:
    return kept.row_id(str((said or {}).get("productSpecification", {}).get("id", "")))


def _products(session: Session, keys: set[Any]) -> dict[Any, tuple[int, str]]:
    if not keys:
        return {}
    numbers = [key for key in keys if isinstance(key, int)]
    pairs = [key for key in keys if not isinstance(key, int)]
    named = tuple_(Product.external_system, Product.external_product_id).in_(pairs)
    found = session.execute(
        select(Product.id, Product.external_system, Product.external_product_id, Product.name).where(
            Product.deleted_at.is_(None), or_(Product.id.in_(numbers), named)
        )
    )
    known: dict[Any, tuple[int, str]] = {}
    for number, system, external_id, name in found:
        known[number] = known[system, external_id] = (number, name)
    return known


def _names(session: Session, numbers: Iterable[int]) -> dict[str, str]:
    wanted = sorted(numbers)
    if not wanted:
        return {}
    query = select(TmfResource.id, TmfResource.name).where(
        TmfResource.kind == "productSpecification", TmfResource.id.in_(wanted)
    )
    return {str(number): name for number, name in session.execute(query)}
