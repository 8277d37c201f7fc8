"""What pages offer to choose from that is data, not a closed list: segments and categories."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.products.models import Product, Segment
from catalog_app.products.systems import systems

MAX_CATEGORIES = 200
FRESH_SECONDS = 30
_KEPT = "catalog-categories"
_CATEGORIES = (
    select(Product.category)
    .where(Product.deleted_at.is_(None), Product.category.is_not(None))
    .distinct()
    .order_by(Product.category)
    .limit(MAX_CATEGORIES)
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


def choices(session: Session) -> Choices:
    """Return what there is to choose from; the categories may be 30 seconds old, because finding them reads every product."""
    segments = {row.key: row.label for row in session.scalars(select(Segment).order_by(Segment.label))}
    return Choices(segments, _categories(session))


def _categories(session: Session) -> tuple[str, ...]:
    kept: tuple[float, tuple[str, ...]] | None = current_app.extensions.get(_KEPT)
    now = utcnow().timestamp()
    if kept is not None and 0 <= now - kept[0] < FRESH_SECONDS:
        return kept[1]
    found = tuple(name for name in session.scalars(_CATEGORIES) if name)
    current_app.extensions[_KEPT] = (now, found)
    return found


def system_choices() -> list[tuple[str, str]]:
    """Return the systems products may come from, as pairs."""
    return [(facts.key, facts.label) for facts in systems().values()]
