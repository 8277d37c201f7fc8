"""The counts of the whole catalogue, for the cards and for JSON."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.products.models import Product
from catalog_app.products.prefilter import available_now_condition
from catalog_app.products.systems import systems


@dataclass(frozen=True)
class CatalogStats:
    """Counts of products that are not deleted. `last_sync` is the newest complete run of any system."""

    total: int
    active: int
    available: int
    by_type: dict[str, int]
    by_system: dict[str, int]
    by_status: dict[str, int]
    by_sync_state: dict[str, int]
    last_sync: datetime | None


def catalog_stats(session: Session, now: datetime) -> CatalogStats:
    """Return the counts as of `now`. Two queries, whatever the size of the catalogue."""
    keys = (Product.product_type, Product.external_system, Product.lifecycle_status, Product.sync_state)
    living = Product.deleted_at.is_(None)
    rows = session.execute(select(*keys, func.count()).where(living).group_by(*keys)).all()
    counters: tuple[Counter[str], ...] = (Counter(), Counter(), Counter(), Counter())
    for *values, count in rows:
        for counter, value in zip(counters, values, strict=True):
            counter[value] += count
    by_type, by_system, by_status, by_sync_state = (dict(sorted(counter.items())) for counter in counters)
    available = select(func.count()).select_from(Product).where(living, available_now_condition(now))
    complete = [facts.last_complete_at for facts in systems().values() if facts.last_complete_at]
    return CatalogStats(
        total=sum(by_status.values()),
        active=by_status.get("launched", 0),
        available=session.execute(available).scalar_one(),
        by_type=by_type,
        by_system=by_system,
        by_status=by_status,
        by_sync_state=by_sync_state,
        last_sync=max(complete, default=None),
    )
