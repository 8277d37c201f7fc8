"""Verdicts on stored documents: read off what a product asks where that is enough, given by eligibility() otherwise."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

import orjson

from catalog_app.core.reader import Reader, Rows
from catalog_app.products.eligibility import eligibility
from catalog_app.products.reads import asks
from catalog_app.products.reads.documents import UNRANKED, microseconds
from catalog_app.products.reads.judged import JUDGED
from catalog_app.products.reads.offer_rows import WIDTH, At, Question
from catalog_app.products.reads.owned_forms import completed
from catalog_app.products.reads.rendering import Marks, Shown, rendered


class Offered(NamedTuple):
    """A document that may be offered, as JSON text with the verdict in it, and the row that it came from."""

    text: str
    row: Sequence[Any]


class Judge:
    """Gives the verdicts of one answer; what the customer owns is looked up once, and only if a product asks for it."""

    def __init__(self, reader: Reader, question: Question, now: datetime, marks: Marks) -> None:
        self._reader = reader
        self._question = question
        self._customer = question.customer
        self._now, self._moment, self._marks = now, microseconds(now), marks
        self._left_open, self._to_judge = question.left_open, question.judged

    def offers(self, rows: Rows) -> list[Offered]:
        """Return the rows that are not refused, in their order."""
        shown = (cast("Shown", row[WIDTH:]) for row in rows)
        texts = rendered(shown, self._moment, self._marks)
        offers = []
        for row, text in zip(rows, texts, strict=True):
            unchecked = self._unchecked(row[2], text)
            if unchecked is not None:
                offers.append(Offered(f"{text[:-1]},{_said(unchecked)}}}", row))
        return offers

    def _unchecked(self, bits: int, text: str) -> tuple[str, ...] | None:
        """Return what could not be checked of a product; None where it is refused."""
        if not bits & self._to_judge:
            return asks.codes(bits & self._left_open)
        if bits & asks.RELATIONS:
            self._look_up_owned()
        verdict = eligibility(JUDGED.decode(text), self._customer, self._now, self._question.channel)
        if verdict.outcome == "no" or (self._question.strict and verdict.outcome != "yes"):
            return None
        return verdict.unchecked

    def _look_up_owned(self) -> None:
        owned = self._customer.owned
        if owned is not None and not owned.is_resolved:
            self._customer = self._customer.owning(completed(self._reader, owned))

    def place(self, row: Sequence[Any]) -> At:
        """Return where a row stands among the others."""
        worth_in, worth, _, number = row[: WIDTH + 1]
        is_ranked = worth_in != UNRANKED and worth_in in ("", self._question.base_currency)
        return At(worth if is_ranked else None, number)


@lru_cache(maxsize=1024)
def _said(unchecked: tuple[str, ...]) -> str:
    outcome = "unknown" if unchecked else "yes"
    return f'"eligibility":"{outcome}","unchecked":{orjson.dumps(unchecked).decode()}'
