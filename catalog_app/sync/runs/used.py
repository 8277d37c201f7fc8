"""Which live things use the products that a plan takes off sale: told before it is applied."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog_app.core.json_sql import json_has_path
from catalog_app.products.usage import Usage, forbidding_many
from catalog_app.sync.models import WITHDRAW, SyncChange, SyncRun
from catalog_app.sync.planning.guards import OFFERED


def used_by(changes: Sequence[SyncChange]) -> dict[int, tuple[Usage, ...]]:
    """Return by change what uses the product that it takes off sale. One query for each room that is asked."""
    going = {
        change.id: change.product_id for change in changes if change.product_id and _is_lost(change.kind, change.after)
    }
    found = forbidding_many(set(going.values()))
    return {number: found[product_id] for number, product_id in going.items() if product_id in found}


def used_in_plan(session: Session, run: SyncRun) -> list[Usage]:
    """Return everything that uses a product which the whole plan takes off sale, each once."""
    may_be_lost = or_(SyncChange.kind == WITHDRAW, *(json_has_path(SyncChange.after, field) for field in OFFERED))
    query = select(SyncChange.product_id, SyncChange.kind, SyncChange.after).where(
        SyncChange.run_id == run.id, SyncChange.product_id.is_not(None), may_be_lost
    )
    lost = {product_id for product_id, kind, after in session.execute(query) if _is_lost(kind, after)}
    found = forbidding_many(lost)
    return list(dict.fromkeys(usage for product_id in sorted(found) for usage in found[product_id]))


def _is_lost(kind: str, after: Mapping[str, Any] | None) -> bool:
    """Return whether a change leaves a product that cannot be offered."""
    said = after or {}
    return kind == WITHDRAW or any(said.get(field, on_sale) != on_sale for field, on_sale in OFFERED.items())
