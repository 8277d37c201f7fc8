"""The last days as series, for sparklines and charts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.products.counters.reading import Counts
from catalog_app.products.days.models import DEMO, CatalogueDay

DAYS: Final = 30


@dataclass(frozen=True)
class CatalogueDays:
    """Parallel series, oldest day first. The last point is now; a day on which nobody looked is left out.

    `is_demo` where some of the days were made up for a demo.
    """

    days: tuple[date, ...]
    total: tuple[int, ...]
    active: tuple[int, ...]
    available: tuple[int, ...]
    systems: tuple[Mapping[str, int], ...]
    types: tuple[Mapping[str, int], ...]
    is_demo: bool = False

    @property
    def since(self) -> date:
        """Return the first day that is known."""
        return self.days[0]

    @property
    def is_whole(self) -> bool:
        """Return whether the series reaches over all the days that it may."""
        return (self.days[-1] - self.days[0]).days >= DAYS - 1

    def of_system(self, key: str) -> tuple[int, ...]:
        """Return how many products one external system had."""
        return tuple(counts.get(key, 0) for counts in self.systems)

    def of_type(self, product_type: str) -> tuple[int, ...]:
        """Return how many products of one type there were."""
        return tuple(counts.get(product_type, 0) for counts in self.types)


def last_days(session: Session, stats: Counts, *, now: datetime) -> CatalogueDays:
    """Return the last DAYS days with `stats` as the newest of them. One query; nothing is written."""
    today = now.date()
    kept = session.scalars(
        select(CatalogueDay)
        .where(CatalogueDay.day > today - timedelta(days=DAYS), CatalogueDay.day < today)
        .order_by(CatalogueDay.day)
    ).all()
    return CatalogueDays(
        days=(*(row.day for row in kept), today),
        total=(*(row.total for row in kept), stats.total),
        active=(*(row.active for row in kept), stats.active),
        available=(*(row.available for row in kept), stats.available),
        systems=(*(row.by_system for row in kept), stats.by_system),
        types=(*(row.by_type for row in kept), stats.by_type),
        is_demo=any(row.origin == DEMO for row in kept),
    )
