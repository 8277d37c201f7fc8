"""How many products were active by day, for the chart of the overview."""

from catalog_app.core.daily import DailyCounts, axis_until
from catalog_app.products.days import CatalogueDays


def of_level(days: CatalogueDays) -> DailyCounts:
    """Return how many products were active on each known day."""
    return DailyCounts(axis_until(days.days[-1]), dict(zip(days.days, days.active, strict=True)))
