"""A product as a row of the list: every cell is finished text, so that the template only prints."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from flask_babel import gettext, ngettext

from catalog_app.products.formatting import Ages, Figures, since_day
from catalog_app.products.labels import per_cycle, term
from catalog_app.products.lists.columns import DEFAULT
from catalog_app.products.lists.reading import Listed
from catalog_app.products.systems import SystemFacts

_GONE = frozenset({"obsolete", "rejected"})


@dataclass(slots=True)
class Whisper:
    """What the last column says: a shape where something deviates, the words, and the moment behind them."""

    text: str
    mark: str | None = None
    tone: str | None = None
    moment: datetime | None = None


# Not frozen: making one would take three times as long, and a page makes a hundred.
@dataclass(slots=True)
class ProductRow:
    """`window`, `channels` and `changed` are said only where their column is shown."""

    id: int
    name: str
    product_type: str
    category: str
    price: str | None
    per: str
    price_mark: str | None
    system: SystemFacts
    external_id: str
    status: str
    is_gone: bool
    segment: str
    more_segments: int
    ours: int
    synced: Whisper
    window: str
    channels: str
    changed: Whisper | None


@dataclass(frozen=True)
class RowWriter:
    """Turns products into rows; made once for a page, so that what rows share is worked out once."""

    systems: Mapping[str, SystemFacts]
    segment_labels: Mapping[str, str]
    ages: Ages
    figures: Figures
    columns: frozenset[str] = DEFAULT
    _words: dict[tuple[Callable[[str], str], str], str] = field(default_factory=dict)
    _days: dict[date, str] = field(default_factory=dict)

    def rows(self, products: Iterable[Listed]) -> list[ProductRow]:
        return [self._row(product) for product in products]

    def _row(self, product: Listed) -> ProductRow:
        system = self.systems.get(product.external_system)
        segments = product.target_segments
        shown = self.columns
        return ProductRow(
            id=product.id,
            name=product.name,
            product_type=self._said(product.product_type, term),
            category=product.category or "",
            price=None if product.price is None else self.figures.money(product.price, product.currency),
            per=self._said(product.billing_cycle, per_cycle),
            price_mark=_price_mark(product),
            system=system or SystemFacts(product.external_system, product.external_system),
            external_id=product.external_product_id,
            status=product.lifecycle_status,
            is_gone=product.lifecycle_status in _GONE,
            segment=self.segment_labels.get(segments[0], segments[0]) if segments else "",
            more_segments=len(segments) - 1,
            ours=len(product.field_locks),
            synced=self._synced(product, system),
            window=self._window(product.valid_from, product.valid_to) if "window" in shown else "",
            channels=self._channels(product.channels) if "channels" in shown else "",
            changed=Whisper(self.ages.ago(product.updated_at), moment=product.updated_at)
            if "changed" in shown
            else None,
        )

    def _said(self, value: str, say: Callable[[str], str]) -> str:
        """Return the word for a term; asking for a translation is what costs most in a row."""
        words = self._words.get((say, value))
        if words is None:
            words = self._words[say, value] = say(value)
        return words

    def _window(self, begin: datetime | None, end: datetime | None) -> str:
        if begin and end:
            return str(gettext("%(start)s to %(end)s", start=self._day(begin), end=self._day(end)))
        if begin:
            return str(gettext("from %(start)s", start=self._day(begin)))
        return str(gettext("until %(end)s", end=self._day(end))) if end else ""

    def _day(self, moment: datetime) -> str:
        day = moment.date()
        words = self._days.get(day)
        if words is None:
            words = self._days[day] = since_day(moment, self.ages.now)
        return words

    def _channels(self, channels: Iterable[str]) -> str:
        return ", ".join(self._said(channel, term) for channel in channels) or self._said("every", _every_channel)

    def _synced(self, product: Listed, system: SystemFacts | None) -> Whisper:
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
        seen = _last_seen(product.last_synced, system)
        return Whisper(self.ages.ago(seen), mark=mark, moment=seen)


def _last_seen(synced: datetime, system: SystemFacts | None) -> datetime:
    """Return when a complete run last saw the product: a run does not write what did not change."""
    complete = system.last_complete_at if system else None
    return synced if complete is None else max(synced, complete)


def _every_channel(_value: str) -> str:
    return str(gettext("Every channel"))


def _price_mark(product: Listed) -> str | None:
    """Return the shape beside the price: a diamond where it is in conflict, a lock where it is ours."""
    lock = product.field_locks.get("price")
    if lock is None:
        return None
    return "diamond" if "theirs" in lock else "lock"
