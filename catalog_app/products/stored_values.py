"""What a column keeps and what JSON shows of it: moments and exact amounts differ, everything else is the same."""

from datetime import datetime
from decimal import Decimal
from typing import Any

MOMENTS = frozenset({"valid_from", "valid_to", "deleted_at", "last_synced", "source_updated_at", "missing_since"})
AMOUNTS = frozenset({"price", "tax_rate", "min_customer_value", "max_customer_value", "business_value"})
"""Fields that are exact amounts: Decimals in a column, text in JSON."""
KEY_LISTS = ("target_segments", "exclude_segments", "channels")
"""Fields that are lists of short keys, which a cell holds as "high-value; family"."""


def is_kept_as_shown(field: str) -> bool:
    """Return whether a column keeps the very value that JSON shows."""
    return field not in MOMENTS and field not in AMOUNTS


def stored_value(field: str, shown: Any) -> Any:
    """Return the column's value for a value that JSON showed; the inverse of core.json_values.as_json."""
    if shown is None:
        return None
    if field in MOMENTS:
        return datetime.fromisoformat(shown)
    if field in AMOUNTS:
        return Decimal(shown)
    return shown
