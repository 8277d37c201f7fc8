"""The conflicts that a run recorded: which of them still wait for a person, and settling several at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.core.db import db
from catalog_app.core.errors import NotFoundError, RuleError
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncChange

Choice = Literal["keep", "take"]
CHOICES: Final[tuple[Choice, ...]] = ("keep", "take")
MOST: Final = 1000
"""How many products are settled by one request; whoever has more goes on where it ended."""


@dataclass(frozen=True)
class Settled:
    """How many fields were settled, and what could not be: one sentence for each product."""

    fields: int
    refused: tuple[str, ...]


def conflicts_by_system(session: Session) -> dict[str, int]:
    """Return how many products of each system are in conflict now. One query."""
    query = select(Product.external_system, func.count()).where(
        Product.deleted_at.is_(None), Product.sync_state == "conflict"
    )
    return dict(session.execute(query.group_by(Product.external_system)).all())


def open_conflicts(session: Session, changes: Iterable[SyncChange]) -> Mapping[int, tuple[str, ...]]:
    """Return the fields of these changes that are in conflict now, by product. One query."""
    told = {change.product_id: set(change.conflicts) for change in changes if change.product_id and change.conflicts}
    if not told:
        return {}
    query = select(Product.id, Product.field_locks).where(Product.id.in_(told), Product.deleted_at.is_(None))
    found = {
        product_id: tuple(field for field, lock in locks.items() if "theirs" in lock and field in told[product_id])
        for product_id, locks in session.execute(query)
    }
    return {product_id: fields for product_id, fields in found.items() if fields}


def open_in_run(session: Session, run_id: int) -> Mapping[int, tuple[str, ...]]:
    """Return the fields that a run brought into conflict and that still wait, by product; at most MOST products.

    Those that are settled are passed over: asked again after a settlement, it answers the next ones.
    """
    query = (
        select(SyncChange)
        .join(Product, Product.id == SyncChange.product_id)
        .where(SyncChange.run_id == run_id, SyncChange.conflicts.is_not(None), Product.sync_state == "conflict")
        .order_by(SyncChange.id)
        .limit(MOST)
    )
    found: dict[int, tuple[str, ...]] = {}
    last = 0
    while len(found) < MOST and (changes := session.scalars(query.where(SyncChange.id > last)).all()):
        found |= open_conflicts(session, changes)
        last = changes[-1].id
    return dict(list(found.items())[:MOST])


def settle(conflicts: Mapping[int, Sequence[str]], choice: Choice, *, actor: str) -> Settled:
    """Keep ours or take theirs of these fields, product by product; what a rule forbids is refused and named."""
    catalog, fields, refused = ProductCatalogService(), 0, []
    act = catalog.keep_ours if choice == "keep" else catalog.release
    for product_id, named in conflicts.items():
        try:
            act(product_id, named, actor=actor)
        except (RuleError, NotFoundError) as error:
            reason = " ".join(error.errors.values()) if isinstance(error, RuleError) else str(error)
            refused.append(f"{_name(product_id)}: {reason}")
        else:
            fields += len(named)
    return Settled(fields, tuple(refused))


def _name(product_id: int) -> str:
    product = db.session().get(Product, product_id)
    return product.name if product else f"#{product_id}"
