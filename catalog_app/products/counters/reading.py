"""Reading the counters: the counts of the whole catalogue, and of what they tell apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from catalog_app.core.reader import Reader
from catalog_app.products.counters.counted import DIMENSIONS, EPOCH, LEVELS, MICROSECOND
from catalog_app.products.filters import ProductFilters
from catalog_app.products.terms import LIFECYCLE_STATUSES

_FOR_SALE: Final = len(DIMENSIONS)
_LONGEST: Final = len(LEVELS) - 1


def _until(place: str) -> str:
    """Return the select of all edges until a moment: whole stretches first, then the moments of the last one begun."""
    parts = []
    for level in range(_LONGEST, -1, -1):
        until = f"at < {place}" if level else f"at <= {place}"
        low = "" if level == _LONGEST else f" AND at >= {place}"
        parts.append(f"SELECT n FROM product_edge WHERE level = {level} AND {until}{low}")  # noqa: S608  # whole numbers
    return " UNION ALL ".join(parts)


def _counts() -> str:
    """Return the statement of all counts: rows of (dimension, word, how many); the last dimension is what is for sale."""
    words = "SELECT dimension, word, sum(n) FROM product_tally GROUP BY dimension, word"
    edges = f"SELECT {_FOR_SALE}, '', coalesce(sum(n), 0) FROM ({_until('?')}) AS moved"  # noqa: S608  # our own names
    # One statement, so that all of it sees the same moment.
    return f"{words} UNION ALL {edges}"


_COUNTS: Final = _counts()
_COUNTS_POSTGRESQL: Final = _COUNTS.replace("?", "%s")


@dataclass(frozen=True)
class Counts:
    """Counts of products that are neither deleted nor hidden."""

    total: int
    active: int
    available: int
    by_type: dict[str, int]
    by_system: dict[str, int]
    by_status: dict[str, int]
    by_sync_state: dict[str, int]


def read_counts(reader: Reader, now: datetime) -> Counts:
    """Return the counts of the whole catalogue as of `now`. One statement, whatever its size."""
    kinds: tuple[dict[str, int], ...] = tuple({} for _ in DIMENSIONS)
    available = 0
    statement = _COUNTS_POSTGRESQL if reader.is_postgresql else _COUNTS
    for dimension, word, n in reader.rows(statement, _begun(now)):
        if dimension == _FOR_SALE:
            available += int(n)
        elif n:
            kinds[dimension][word] = int(n)
    by_type, by_status, by_system, by_sync_state = (dict(sorted(kind.items())) for kind in kinds)
    return Counts(
        total=sum(by_status.values()),
        active=by_status.get("launched", 0),
        available=available,
        by_type=by_type,
        by_system=by_system,
        by_status=by_status,
        by_sync_state=by_sync_state,
    )


def count_of(reader: Reader, filters: ProductFilters) -> int | None:
    """Return how many products fit the filters; None where the counters do not tell apart what they ask for."""
    values = {active.filter.name: active.values for active in filters.active}
    if flags := values.pop("is_active", None):
        statuses = values.get("lifecycle_status", LIFECYCLE_STATUSES)
        values["lifecycle_status"] = tuple(status for status in statuses if (status == "launched") in flags)
    return count_by(reader, values) if values.keys() <= set(DIMENSIONS) else None


def count_by(reader: Reader, values: Mapping[str, Sequence[Any]]) -> int:
    """Return how many products have one of the values in each of these dimensions."""
    if not all(values.values()):
        return 0
    place = "%s" if reader.is_postgresql else "?"
    conditions = [f"{name} IN ({', '.join([place] * len(given))})" for name, given in values.items()]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    statement = f"SELECT coalesce(sum(n), 0) FROM product_count{where}"  # noqa: S608  # our own names
    return int(reader.value(statement, [value for given in values.values() for value in given]))


def _begun(now: datetime) -> list[int]:
    """Return for each level the stretch that `now` lies in, and where it begins on the level below it."""
    moment = (now - EPOCH) // MICROSECOND
    places: list[int] = []
    for level in range(_LONGEST, -1, -1):
        begun = moment >> LEVELS[level]
        places.append(begun)
        if level < _LONGEST:
            longer = LEVELS[level + 1]
            places.append(moment >> longer << longer >> LEVELS[level])
    return places
