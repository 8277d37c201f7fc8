"""One launched product as the compiled catalogue keeps it: numbers for the arrays, and a card for everything else."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from catalog_app.core.columns import AMOUNT_SCALE
from catalog_app.products.reads.documents import DOCUMENT, UNRANKED
from catalog_app.products.reads.judged import Judged

COLUMNS: Final = tuple(
    DOCUMENT.columns[name].name
    for name in (
        "id", "version", "quota_left", "sale_from", "sale_to", "asks", "min_value", "max_value", "worth_in", "worth", "body",
    )
)  # fmt: skip
"""What has to be read of a document to make an entry, in this order."""
READ: Final = f"SELECT {', '.join(COLUMNS)} FROM product_document WHERE"  # noqa: S608  # our own names
"""What comes before the condition."""
BOUNDLESS: Final = 1 << 62
"""The bound of what has none. Amounts and moments stay far below it."""


class Card(Judged, frozen=True, kw_only=True):
    """A launched product as answers show it, models describe it, and the verdict itself reads it."""

    name: str
    product_type: str
    category: str | None
    price: Decimal | None
    currency: str | None
    recurring: bool
    billing_cycle: str
    business_value: Decimal | None
    lever_weight: int | None
    features: dict[str, Any]
    attributes: dict[str, Any]


class Entry(NamedTuple):
    """A row of the arrays. Amounts are ten-thousandths, moments microseconds; `limit` is -1 where there is none."""

    id: int
    version: int
    quota: int
    sale_from: int
    sale_to: int
    asks: int
    least: int
    most: int
    points: int
    limit: int
    cooldown: int
    worth_in: str
    worth: int
    card: Card


def entry_of(row: Sequence[Any]) -> Entry:
    """Return the entry of a document; `row` holds its COLUMNS."""
    number, version, quota, sale_from, sale_to, asks, least, most, worth_in, worth, body = row
    left = "null" if quota is None else quota
    card = _CARD.decode(f'{{"id":{number},{body},"quota_left":{left}}}')
    return Entry(
        number,
        version,
        BOUNDLESS if quota is None else quota,
        sale_from,
        sale_to,
        asks,
        -BOUNDLESS if least is None else least,
        BOUNDLESS if most is None else most,
        card.points_price or 0,
        -1 if card.max_per_customer is None else card.max_per_customer,
        card.cooldown_days or 0,
        worth_in,
        worth,
        card,
    )


def worth_of(entry: Entry, base_currency: str) -> Decimal | None:
    """Return what a product is worth in the base currency; None where that is not known."""
    is_known = entry.worth_in != UNRANKED and entry.worth_in in ("", base_currency)
    return Decimal(entry.worth).scaleb(-AMOUNT_SCALE) if is_known else None


_CARD: Final = msgspec.json.Decoder(Card)
