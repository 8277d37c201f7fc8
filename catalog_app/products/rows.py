"""A product as a row of the list: every cell is finished text, so that the template only prints."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext, ngettext

from catalog_app.products.formatting import Ages, Figures
from catalog_app.products.labels import per_cycle, term
from catalog_app.products.models import Product
from catalog_app.products.systems import SystemFacts

_GONE = frozenset({"obsolete", "rejected"})


@dataclass(frozen=True)
class Whisper:
    """What the last column says: a shape where something deviates, the words, and the moment behind them."""

    text: str
    mark: str | None = None
    tone: str | None = None
    moment: datetime | None = None


@dataclass(frozen=True)
class ProductRow:
    id: int
    name: str
    product_type: str
    category: str
    price: str | None
    per: str
    price_mark: str | None
    system: SystemFacts
    status: str
    is_gone: bool
    segment: str
    more_segments: int
    synced: Whisper


@dataclass(frozen=True)
class RowWriter:
    """Turns products into rows; made once for a page, so that what rows share is worked out once."""

    systems: Mapping[str, SystemFacts]
    segment_labels: Mapping[str, str]
    ages: Ages
    figures: Figures
    _words: dict[tuple[Callable[[str], str], str], str] = field(default_factory=dict)

    def rows(self, products: Iterable[Product]) -> list[ProductRow]:
        return [self._row(product) for product in products]

    def _row(self, product: Product) -> ProductRow:
        system = self.systems.get(product.external_system)
        segments = product.target_segments
        return ProductRow(
            id=product.id,
            name=product.name,
            product_type=self._said(product.product_type, term),
            category=product.category or "",
            price=None if product.price is None else self.figures.money(product.price, product.currency),
            per=self._said(product.billing_cycle, per_cycle),
            price_mark=_price_mark(product),
            system=system or SystemFacts(product.external_system, product.external_system),
            status=product.lifecycle_status,
            is_gone=product.lifecycle_status in _GONE,
            segment=self.segment_labels.get(segments[0], segments[0]) if segments else "",
            more_segments=len(segments) - 1,
            synced=self._synced(product),
        )

    def _said(self, value: str, say: Callable[[str], str]) -> str:
        """Return the word for a term; asking for a translation is what costs most in a row."""
        words = self._words.get((say, value))
        if words is None:
            words = self._words[say, value] = say(value)
        return words

    def _synced(self, product: Product) -> Whisper:
        state = product.sync_state
        if state == "conflict":
            count = sum("theirs" in lock for lock in product.field_locks.values())
            words = ngettext("%(num)d conflict", "%(num)d conflicts", count)
            return Whisper(words, mark="diamond", tone="warn")
        if state == "missing" and product.missing_since:
            days = (self.ages.now - product.missing_since).days
            words = ngettext("Missing %(num)d day", "Missing %(num)d days", days) if days else gettext("Missing")
            return Whisper(words, mark="dashed-cross", tone="bad")
        if state == "error":
            return Whisper(self._said(state, term), mark="bang", tone="bad")
        if product.last_synced is None:
            return Whisper(self._said(state, term))
        mark = "pencil" if state == "local_edit" else None
        return Whisper(self.ages.ago(product.last_synced), mark=mark, moment=product.last_synced)


def _price_mark(product: Product) -> str | None:
    """Return the shape beside the price: a diamond where it is in conflict, a lock where it is ours."""
    lock = product.field_locks.get("price")
    if lock is None:
        return None
    return "diamond" if "theirs" in lock else "lock"
