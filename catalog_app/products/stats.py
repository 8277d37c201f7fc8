"""The counts of the whole catalogue, for the cards and for JSON."""

from dataclasses import asdict, dataclass
from datetime import datetime

from catalog_app.core.reader import Reader
from catalog_app.products.counters.reading import Counts, read_counts
from catalog_app.products.systems import systems


@dataclass(frozen=True)
class CatalogStats(Counts):
    """Counts of products that are not deleted. `last_sync` is the newest complete run of any system."""

    last_sync: datetime | None


def catalog_stats(reader: Reader, now: datetime) -> CatalogStats:
    """Return the counts as of `now`, out of the counters that each write moves: the same cost whatever the size."""
    complete = [facts.last_complete_at for facts in systems().values() if facts.last_complete_at]
    return CatalogStats(**asdict(read_counts(reader, now)), last_sync=max(complete, default=None))
