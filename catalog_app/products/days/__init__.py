"""How large the catalogue was, day by day."""

from catalog_app.products.days.keeping import (
    DayCounts,
    days_due,
    forget_days,
    keep_days,
    note_today,
    note_today_if_possible,
)
from catalog_app.products.days.reading import CatalogueDays, last_days

__all__ = (
    "CatalogueDays",
    "DayCounts",
    "days_due",
    "forget_days",
    "keep_days",
    "last_days",
    "note_today",
    "note_today_if_possible",
)
