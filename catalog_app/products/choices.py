"""What pages offer to choose from that is data, not a closed list: segments and categories."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app

from catalog_app.core.clock import utcnow
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.products.reads import catalogue_version
from catalog_app.products.systems import systems

MAX_CATEGORIES = 200
FRESH_SECONDS = 30
_KEPT = "catalog-categories"
_SEGMENTS = "SELECT key, label FROM segment ORDER BY label"
_CATEGORIES = (
    "SELECT DISTINCT category FROM product WHERE deleted_at IS NULL AND category <> '' ORDER BY category LIMIT {}"
)


@dataclass(frozen=True)
class Choices:
    """Segments as {key: label} and the categories in use, both sorted for people."""

    segments: dict[str, str]
    categories: tuple[str, ...]

    def segments_with(self, keys: Iterable[str]) -> list[tuple[str, str]]:
        """Return the segments as pairs, and any of `keys` that nobody has defined."""
        unknown = {key: key for key in keys if key not in self.segments}
        return [*self.segments.items(), *unknown.items()]


def choices() -> Choices:
    """Return what there is to choose from; after a change the categories may be 30 seconds old: finding them reads every product."""
    # Past the ORM: every list asks this.
    return read_connections().read(lambda reader: Choices(dict(reader.rows(_SEGMENTS)), _categories(reader)))


def _categories(reader: Reader) -> tuple[str, ...]:
    kept: tuple[float, int, tuple[str, ...]] | None = current_app.extensions.get(_KEPT)
    now = utcnow().timestamp()
    # Read before the products: what changes in between is found the next time.
    version = int(reader.value(catalogue_version.READ))
    if kept is not None and (kept[1] == version or 0 <= now - kept[0] < FRESH_SECONDS):
        return kept[2]
    found = tuple(name for (name,) in reader.rows(_CATEGORIES.format(reader.place), (MAX_CATEGORIES,)))
    current_app.extensions[_KEPT] = (now, version, found)
    return found


def system_choices() -> list[tuple[str, str]]:
    """Return the systems products may come from, as pairs."""
    return [(facts.key, facts.label) for facts in systems().values()]
