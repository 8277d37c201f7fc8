"""A page of what a customer may be offered: the offers after a place, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from catalog_app.core.columns import AMOUNT_SCALE
from catalog_app.core.cursor import Place, SortKey, read_cursor, write_cursor
from catalog_app.core.reader import Reader
from catalog_app.products.models import Product
from catalog_app.products.reads.judging import Judge, Offered
from catalog_app.products.reads.offer_rows import At, Question, count_decided, offer_rows, rows_to_judge
from catalog_app.products.reads.rendering import Marks

# The worth is written as the column that it most often comes from.
_ORDER: Final = (SortKey("worth", Product.business_value, descending=True, nullable=True), SortKey("id", Product.id))


@dataclass(frozen=True, slots=True)
class OfferPage:
    """Documents with their verdicts, best first; the cursor of the next page, and how many offers there are in all."""

    texts: Sequence[str]
    following: str | None
    count: int | None


def offer_page(
    reader: Reader, question: Question, now: datetime, marks: Marks, *, limit: int, cursor: str | None, count: bool
) -> OfferPage:
    """Return the page after the cursor, reading no further than it needs; raise RuleError for a cursor not of ours.

    A cursor names a place by worth and id, so a page stays right while offers come and go.
    """
    judge = Judge(reader, question, now, marks)
    found: list[Offered] = []
    for rows in offer_rows(reader, question, now, after_of(cursor), limit + 1):
        found += judge.offers(rows)
        if len(found) > limit:
            break
    following = cursor_of(judge.place(found[limit - 1].row)) if len(found) > limit else None
    counted = _count(reader, question, now, judge) if count else None
    return OfferPage([offer.text for offer in found[:limit]], following, counted)


def _count(reader: Reader, question: Question, now: datetime, judge: Judge) -> int:
    judged = judge.offers(rows_to_judge(reader, question, now))
    return count_decided(reader, question, now) + len(judged)


def after_of(cursor: str | None) -> At | None:
    """Return the place that a cursor names; raise RuleError for a cursor not of ours."""
    if cursor is None:
        return None
    worth, product_id = read_cursor(cursor, _ORDER).values
    return At.of(worth, product_id)


def cursor_of(at: At) -> str:
    """Return the cursor of what stands behind this place."""
    worth = None if at.worth is None else Decimal(at.worth).scaleb(-AMOUNT_SCALE)
    return write_cursor(Place("after", (worth, at.id)), _ORDER)
