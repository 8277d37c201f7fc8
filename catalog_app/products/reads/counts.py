"""How many products there are: from the counters that each write moves where they tell, counted where they do not."""

from datetime import datetime

import orjson

from catalog_app.core.json_values import moment_text
from catalog_app.core.reader import Reader
from catalog_app.products.counters.reading import count_of, read_counts
from catalog_app.products.filters import ProductFilters
from catalog_app.products.reads.documents import moment_of
from catalog_app.products.reads.rendering import Marks
from catalog_app.products.search import finder


def count(reader: Reader, filters: ProductFilters, now: datetime) -> int:
    """Return how many products fit the filters."""
    known = count_of(reader, filters)
    return finder.count(reader, filters, now) if known is None else known


def stats_body(reader: Reader, now: datetime, marks: Marks) -> bytes:
    """Return the counts of the whole catalogue as JSON; `last_sync` is the newest complete run of any system."""
    counts = read_counts(reader, now)
    last = max(marks.values(), default=None)
    return orjson.dumps(
        {
            "total": counts.total,
            "active": counts.active,
            "available": counts.available,
            "by_type": counts.by_type,
            "by_system": counts.by_system,
            "by_status": counts.by_status,
            "by_sync_state": counts.by_sync_state,
            "last_sync": None if last is None else moment_text(moment_of(last)),
        }
    )
