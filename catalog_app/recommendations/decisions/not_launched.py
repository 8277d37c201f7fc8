"""Candidates that somebody named and that are not launched: why they are not offered, read for an explanation only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from catalog_app.core.bulk_sql import json_text
from catalog_app.core.reader import Reader
from catalog_app.products.eligibility import eligibility
from catalog_app.products.masks.cards import READ, Card, entry_of
from catalog_app.recommendations.decisions.asked import NOT_FOUND, Asked, Excluded, ExclusionReason
from catalog_app.recommendations.scoring.grounds import Grounds

_SQLITE: Final = f"{READ} id IN (SELECT value FROM json_each(?))"  # noqa: S608  # our own words
_POSTGRESQL: Final = f"{READ} id = ANY(%s)"
_NOBODY: Final = ExclusionReason(NOT_FOUND, "candidates", "candidates: there is no such product")


def not_launched(reader: Reader, grounds: Grounds, asked: Asked, now: datetime, most: int) -> list[Excluded]:
    """Return at most so many of the candidates that are not launched, in the order in which they were named."""
    wanted = [number for number in dict.fromkeys(asked.candidates or ()) if number not in grounds.compiled.row_of]
    cards = {card.id: card for card in _cards(reader, wanted[:most])}
    return [_excluded(number, cards.get(number), asked, now) for number in wanted[:most]]


def _cards(reader: Reader, numbers: Sequence[int]) -> list[Card]:
    if not numbers:
        return []
    rows = reader.rows(_POSTGRESQL, (numbers,)) if reader.is_postgresql else reader.rows(_SQLITE, (json_text(numbers),))
    return [entry_of(row).card for row in rows]


def _excluded(number: int, card: Card | None, asked: Asked, now: datetime) -> Excluded:
    if card is None:
        return Excluded(number, "", (_NOBODY,))
    verdict = eligibility(card, asked.customer, now, asked.channel)
    return Excluded(
        number, card.name, tuple(ExclusionReason(one.code, one.rule, one.message) for one in verdict.reasons)
    )
