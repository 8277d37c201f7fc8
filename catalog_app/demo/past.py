"""A past for the demo's charts: how large the catalogue might have been, ending at what it is now.

The rows say that they were made up, and the overview says so beside the chart.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from catalog_app.core.clock import utcnow
from catalog_app.products.days import DayCounts, keep_days
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.stats import CatalogStats

DAYS_BACK: Final = 35
# Offers come in twos and threes and go together when a season ends: the steps repeat, so that every demo looks alike.
_STEPS: Final = (1, 0, 2, 1, 0, 0, 1, 3, -2, 1, 0, 1, 2, 0, -1, 0, 1)


def give_past(now: datetime | None = None) -> None:
    """Write down plausible counts of the days before the demo began."""
    keep_days(_days(ProductCatalogService().stats(), now or utcnow()))


def _days(stats: CatalogStats, now: datetime) -> Iterator[DayCounts]:
    fewer = 0
    for back in range(1, DAYS_BACK):
        fewer += _STEPS[back % len(_STEPS)]
        yield DayCounts(
            day=now.date() - timedelta(days=back),
            total=max(0, stats.total - fewer),
            active=max(0, stats.active - fewer),
            available=max(0, stats.available - fewer),
            by_system=_smaller(stats.by_system, fewer),
            by_type=_smaller(stats.by_type, fewer),
        )


def _smaller(counts: Mapping[str, int], fewer: int) -> dict[str, int]:
    """Return counts that add up to so many less, each by its share; what the shares leave over the largest gives."""
    whole = sum(counts.values()) or 1
    less = {key: count * fewer // whole for key, count in counts.items()}
    if counts:
        largest = max(counts, key=lambda key: counts[key])
        less[largest] += fewer - sum(less.values())
    return {key: max(0, count - less[key]) for key, count in counts.items()}
