"""Many products made or changed by one request of a person or a program: each checked apart, written together.

An item that breaks a rule is told so and stops nobody else. Those that pass are written in a few transactions, each
with one lock, one flush of products and one of revisions, so that a thousand take about a second.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import CatalogError, ConflictError, NotFoundError, Sentence
from catalog_app.core.text import clean_line
from catalog_app.products import changes as write_side
from catalog_app.products import editing
from catalog_app.products.models import Product
from catalog_app.products.patch import IDENTITY, patched_values, written_fields
from catalog_app.products.schema import ProductInput
from catalog_app.products.terms import MANUAL

CHUNK = 250
"""How many items share a transaction, so that a big request keeps nobody waiting for long."""
SEGMENTS_AT_ONCE = 500

Key = tuple[str, str]


@dataclass(frozen=True)
class BulkItem:
    """One product to make or to change. It is found by its number where that is given, else by its identity."""

    action: Literal["upsert", "patch"]
    values: Mapping[str, Any]
    product_id: int | None = None
    version: int | None = None

    @property
    def key(self) -> Key | None:
        """The identity that the item names, None where it names none."""
        match (self.values.get("external_system") or MANUAL, self.values.get("external_product_id")):
            case str(system), str(external_id):
                try:
                    return system, clean_line(external_id)
                except ValueError:
                    return None
        return None


@dataclass(frozen=True)
class BulkResult:
    """What became of one item: the product as it is now, or what was wrong."""

    outcome: Literal["created", "updated", "unchanged", "failed"]
    product_id: int | None = None
    version: int | None = None
    fault: CatalogError | None = None


@dataclass(frozen=True)
class BulkAuthor:
    """Who edits, whether what they change becomes theirs, and which external systems there are."""

    actor: str
    lock: bool
    systems: frozenset[str]
    forgotten_after: timedelta


def edit_many(items: Sequence[BulkItem], author: BulkAuthor, *, atomic: bool) -> list[BulkResult]:
    """Make and change products and return a result for each item, in order.

    Where `atomic`, one fault means that nothing at all is written; the results of the others then say what would
    have become of them, without a number or version.
    """
    if atomic:
        return _all_or_nothing(items, author)
    results: list[BulkResult] = []
    for start in range(0, len(items), CHUNK):
        results += _chunk(items[start : start + CHUNK], author)
    return results


class _FaultyError(Exception):
    """Ends the transaction of an atomic request that has a fault."""

    def __init__(self, results: Sequence[BulkResult]) -> None:
        super().__init__()
        self.results = results


def _all_or_nothing(items: Sequence[BulkItem], author: BulkAuthor) -> list[BulkResult]:
    try:
        with writing() as session:
            return _faultless(_Edits(session, items, author).run())
    except _FaultyError as faulty:
        return [BulkResult(result.outcome, fault=result.fault) for result in faulty.results]
    except (IntegrityError, StaleDataError):
        raise ConflictError(
            Sentence("Somebody changed one of these products at the same moment; nothing was saved.")
        ) from None


def _faultless(results: list[BulkResult]) -> list[BulkResult]:
    if any(result.fault for result in results):
        raise _FaultyError(results)
    return results


def _chunk(items: Sequence[BulkItem], author: BulkAuthor) -> list[BulkResult]:
    try:
        with writing() as session:
            return _Edits(session, items, author).run()
    except (IntegrityError, StaleDataError):
        # Somebody else made or changed one of them since we looked. Nothing of the chunk was written, so the items
        # are tried again one by one, and the fault stays with the item that it belongs to.
        if len(items) > 1:
            return [result for item in items for result in _chunk([item], author)]
        words = Sentence("Somebody made or changed this product at the same moment; it was not saved. Send it again.")
        return [BulkResult("failed", fault=ConflictError(words))]


@dataclass
class _Pending:
    """A product that was given its values and is still to be written."""

    product: Product
    changes: write_side.Changes
    action: Literal["created", "updated"]
    place: int


class _Edits:
    """The items of one transaction. What was flushed is forgotten with the transaction where that is rolled back."""

    def __init__(self, session: Session, items: Sequence[BulkItem], author: BulkAuthor) -> None:
        self._session, self._items, self._author, self._now = session, items, author, utcnow()
        self._by_id = {product.id: product for product in _held(session, items)}
        self._by_key = {
            (product.external_system, product.external_product_id): product for product in self._by_id.values()
        }
        self._pending: dict[Key, _Pending] = {}
        self._segments: dict[str, None] = {}
        self._results: list[BulkResult] = [BulkResult("failed")] * len(items)

    def run(self) -> list[BulkResult]:
        # What is pending is written where this says so, not because something was read.
        with self._session.no_autoflush:
            for place, item in enumerate(self._items):
                try:
                    self._take(place, item)
                except CatalogError as fault:
                    self._results[place] = BulkResult("failed", fault=fault)
            self._write()
        return self._results

    def _take(self, place: int, item: BulkItem) -> None:
        product = self._looked_up(item)
        if product is not None and _key(product) in self._pending:
            # The same product stands twice in the request: the second change builds on the first, as a revision of
            # its own.
            self._write()
        if item.product_id is not None or (product is not None and product.deleted_at is None):
            number = item.product_id if product is None else product.id
            self._change(place, item, editing.as_expected(product, number or 0, item.version))
        elif item.action == "patch" or item.version is not None:
            raise NotFoundError(
                Sentence("There is no such product; name it by `id`, or by its system and external id.")
            )
        else:
            self._create(place, item, product)

    def _looked_up(self, item: BulkItem) -> Product | None:
        """Return the product that an item names, deleted or not."""
        if item.product_id is not None:
            return self._by_id.get(item.product_id)
        return self._by_key.get(item.key) if item.key else None

    def _create(self, place: int, item: BulkItem, gone: Product | None) -> None:
        written = written_fields(item.values)
        key = editing.identity(written, self._author.systems)
        checked = ProductInput.check({name: value for name, value in written.items() if name not in IDENTITY})
        forgotten = self._now - self._author.forgotten_after
        if gone is not None and gone.deleted_at is not None and gone.deleted_at >= forgotten:
            raise editing.taken(gone)
        product = gone or editing.blank(*key)
        editing.check_references(product, checked, self._known(checked))
        if gone is not None:
            editing.emptied(gone)
        filled = editing.fill(product, checked, actor=self._author.actor, now=self._now)
        self._by_key[key] = product
        self._keep(_Pending(product, filled, "created", place), checked)

    def _change(self, place: int, item: BulkItem, product: Product) -> None:
        if item.action == "patch":
            checked = ProductInput.check(patched_values(product, item.values))
        else:
            checked = ProductInput.check(written_fields(item.values, product))
        editing.check_references(product, checked, self._known(checked))
        changed = editing.alter(product, checked, actor=self._author.actor, now=self._now, lock=self._author.lock)
        if changed:
            self._keep(_Pending(product, changed, "updated", place), checked)
        else:
            self._results[place] = BulkResult("unchanged", product.id, product.version)

    def _keep(self, pending: _Pending, checked: ProductInput) -> None:
        self._segments.update(dict.fromkeys(editing.segments_of(checked)))
        self._pending[_key(pending.product)] = pending

    def _known(self, checked: ProductInput) -> frozenset[int]:
        return editing.known_products(self._session, [checked])

    def _write(self) -> None:
        """Write everything pending: the segments that are new, then the products, then their revisions."""
        for segments in _stretches(self._segments, SEGMENTS_AT_ONCE):
            write_side.ensure_segments(self._session, segments)
        actor, now = self._author.actor, self._now
        for pending in self._pending.values():
            write_side.touch(pending.product, actor=actor, at=now)
            self._session.add(pending.product)
        self._session.flush()
        for pending in self._pending.values():
            write_side.tell(self._session, pending.product, pending.changes, action=pending.action, actor=actor, at=now)
            product = pending.product
            self._by_id[product.id] = product
            self._results[pending.place] = BulkResult(pending.action, product.id, product.version)
        self._session.flush()
        self._pending, self._segments = {}, {}


def _held(session: Session, items: Sequence[BulkItem]) -> Sequence[Product]:
    """Return the products that items name, deleted ones too, read afresh and held for the transaction.

    They are held in the order of their numbers, so that two requests never wait for each other in a circle.
    """
    keys = {item.key for item in items if item.product_id is None and item.key}
    by_key = tuple_(Product.external_system, Product.external_product_id).in_(keys)
    wanted = {item.product_id for item in items if item.product_id is not None}
    if keys:
        wanted |= set(session.scalars(select(Product.id).where(by_key)))
    query = select(Product).where(Product.id.in_(wanted)).order_by(Product.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all() if wanted else ()


def _key(product: Product) -> Key:
    return product.external_system, product.external_product_id


def _stretches(keys: Iterable[str], length: int) -> Iterator[list[str]]:
    found = list(keys)
    for start in range(0, len(found), length):
        yield found[start : start + length]
