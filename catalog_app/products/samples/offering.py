"""What a customer may be offered, and why not the rest: the whole catalogue sorted by what the verdict says of it.

Each product has one answer: yes, or the first check that did not say yes, in the order of the verdict. SQL decides
what it can, from the index that lists offers; what is not on sale whatever the customer is counted once for everybody
until the catalogue changes; a product with a rule, or one that asks what only the verdict knows, is judged by
eligibility() itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR
from functools import cached_property
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Text, and_, case, cast, func, literal, not_, or_, select, text
from sqlalchemy.orm import Session

from catalog_app.core.columns import AMOUNT_SCALE
from catalog_app.core.cursor import SortKey
from catalog_app.core.json_sql import json_array_has_any
from catalog_app.core.paging import Page, page
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.products.checks import EligibleProduct
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict, eligibility
from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.prefilter import on_sale
from catalog_app.products.reads import asks
from catalog_app.products.reads.documents import DOCUMENT, microseconds
from catalog_app.products.reads.judging import Judge
from catalog_app.products.reads.offer_rows import WIDTH, Question, offer_rows
from catalog_app.products.reads.offers import after_of, cursor_of
from catalog_app.products.samples.withdrawn import Answer, unsold_answer, withdrawn

FEW = 5_000

_JUDGE = "judge"
_OFFERED = "yes"
_UNIT = 10**AMOUNT_SCALE
_MOST_IDS = 1_000
_BY_NAME = (SortKey("name", Product.name), SortKey("id", Product.id))
_READ_BY_VERDICTS = tuple(
    getattr(Product, name) for name, member in vars(EligibleProduct).items() if isinstance(member, property)
)
# In the words of the index that holds whatever may be on sale.
_MAY_BE_SOLD = text("product_document.sale_to > 0")


@dataclass(frozen=True)
class Decided:
    """A product with its verdict."""

    product: Product
    verdict: Verdict


@dataclass(frozen=True)
class Offering:
    """The whole catalogue before one customer, over one channel, at one moment. `is_now`: the moment is the present.

    Up to `few` products are found by their numbers; more stand so close in any order that walking it finds a page.
    """

    session: Session
    customer: CustomerFeatures
    channel: str | None
    now: datetime
    base_currency: str
    is_now: bool = True
    few: int = FEW

    def offered(self, *, limit: int, cursor: str | None) -> Page[Decided]:
        """Return what may be offered, most valuable first; raise RuleError for a cursor that is not one of ours."""
        return read_connections().read(lambda reader: self._offered(reader, limit, cursor))

    def others(self, outcome: Outcome, code: str | None, *, limit: int, cursor: str | None) -> Page[Decided]:
        """Return what is not offered, by name: refused or not known, all of it or what one check decided."""
        wanted = [answer for answer in self.counts if answer[0] is outcome and code in (None, answer[1])]
        judged = [number for answer in wanted for number in self._judged.get(answer, ())]
        written = [_written(answer) for answer in wanted]
        products = select(Product).where(Product.deleted_at.is_(None))
        if sum(self.counts[answer] for answer in wanted) <= self.few:
            which = _one_of(self.session, [*judged, *self._numbers(written)])
        else:
            products = products.join(DOCUMENT, DOCUMENT.columns.id == Product.id)
            by_sql = self._any_answer.in_(written)
            which = or_(by_sql, _one_of(self.session, judged)) if judged else by_sql
        found = page(self.session, products.where(which), _BY_NAME, limit, cursor)
        return Page([self._decided(product) for product in found.items], found.next_cursor, found.previous_cursor)

    @cached_property
    def counts(self) -> Mapping[Answer, int]:
        """Return how many products each answer was given for; every living product counts once."""
        counted: Counter[Answer] = Counter(withdrawn(self.session, self.now, is_now=self.is_now))
        rows = self.session.execute(
            select(self._answer.label("answer"), func.count()).where(_MAY_BE_SOLD).group_by(text("answer"))
        ).all()
        for written, count in rows:
            if written != _JUDGE:
                counted[_read(written)] += count
        counted.update({answer: len(numbers) for answer, numbers in self._judged.items()})
        return counted

    @cached_property
    def _judged(self) -> Mapping[Answer, Sequence[int]]:
        """Return the numbers of those that only the verdict itself could decide, by their answers."""
        answers: dict[Answer, list[int]] = {}
        numbers = self.session.scalars(select(DOCUMENT.columns.id).where(_MAY_BE_SOLD, self._answer == _JUDGE)).all()
        for start in range(0, len(numbers), _MOST_IDS):
            some = Product.id.in_(numbers[start : start + _MOST_IDS])
            for product in self.session.execute(select(*_READ_BY_VERDICTS).where(some)):
                verdict = eligibility(product, self.customer, self.now, self.channel)
                answers.setdefault(_first(verdict), []).append(product.id)
        return answers

    def _numbers(self, written: Sequence[str]) -> Sequence[int]:
        """Return the numbers of the products that SQL gives one of these answers."""
        sold = select(DOCUMENT.columns.id).where(_MAY_BE_SOLD, self._answer.in_(written))
        gone = select(DOCUMENT.columns.id).join(Product, DOCUMENT.columns.id == Product.id)
        kinds = {f"no:{code}" for code, _ in on_sale(self.now)}
        found = [*self.session.scalars(sold)]
        if kinds.intersection(written):
            found += self.session.scalars(gone.where(DOCUMENT.columns.sale_to == 0, self._unsold.in_(written)))
        return found

    @cached_property
    def _any_answer(self) -> ColumnElement[str]:
        """Return what SQL says of any living product."""
        return case((DOCUMENT.columns.sale_to == 0, self._unsold), else_=self._answer)

    @cached_property
    def _unsold(self) -> ColumnElement[str]:
        """Return why a product is not on sale, whoever the customer is."""
        return unsold_answer(self.now)

    @cached_property
    def _answer(self) -> ColumnElement[str]:
        """Return what SQL says of a product that may be on sale: which check refuses it, which is open, or to be judged."""
        question, column = self._question(strict=False), DOCUMENT.columns.asks
        refused = [(condition, literal(f"no:{code}", Text())) for code, condition in self._refusals()]
        judged = (column.op("&")(question.judged) != 0, literal(_JUDGE, Text()))
        left_open = [
            (column.op("&")(bit) != 0, literal(f"unknown:{code}", Text()))
            for code, bit in asks.CHECKS.items()
            if question.left_open & bit
        ]
        return case(*refused, judged, *left_open, else_=literal(_OFFERED, Text()))

    def _refusals(self) -> Iterator[tuple[str, ColumnElement[bool]]]:
        """Yield the checks that SQL makes, in their order, with what holds where one says no.

        They all stand before those that are left to the verdict, so the first of them is the first of all.
        """
        column, customer, moment = DOCUMENT.columns, self.customer, microseconds(self.now)
        yield "window", or_(column.sale_from > moment, column.sale_to <= moment)
        yield "quota", column.quota_left <= 0
        if self.channel is not None:
            yield "channel", _asks(asks.CHANNEL | asks.CHANNELS[self.channel]) == asks.CHANNEL
        if customer.payment_mode is not None:
            yield "payment_mode", _asks(asks.PAYMENT_MODE | asks.MODES[customer.payment_mode]) == asks.PAYMENT_MODE
        if customer.customer_value is not None:
            # A finer value than a bound can have is rounded away from each bound, and so compares alike.
            scaled = customer.customer_value * _UNIT
            low, high = (int(scaled.to_integral_value(way)) for way in (ROUND_FLOOR, ROUND_CEILING))
            yield "customer_value", or_(column.min_value > low, column.max_value < high)
        if customer.segments is not None:
            outside = and_(column.targets.is_not(None), not_(json_array_has_any(column.targets, customer.segments)))
            inside = and_(column.excludes.is_not(None), json_array_has_any(column.excludes, customer.segments))
            # The bit stands in the index, the segments in the document.
            yield "segments", and_(_asks(asks.SEGMENTS) != 0, or_(outside, inside))

    def _question(self, *, strict: bool) -> Question:
        return Question(self.customer, self.channel, strict, ProductFilters(), self.base_currency)

    def _offered(self, reader: Reader, limit: int, cursor: str | None) -> Page[Decided]:
        question = self._question(strict=True)
        judge, found = Judge(reader, question, self.now, {}), list[tuple[Decided, Sequence[Any]]]()
        for rows in offer_rows(reader, question, self.now, after_of(cursor), limit + 1):
            numbers = [row[WIDTH] for row in rows]
            products = {one.id: one for one in self.session.scalars(select(Product).where(Product.id.in_(numbers)))}
            decided = [(self._decided(products[row[WIDTH]]), row) for row in rows if row[WIDTH] in products]
            found += [(one, row) for one, row in decided if one.verdict.outcome is Outcome.YES]
            if len(found) > limit:
                break
        following = cursor_of(judge.place(found[limit - 1][1])) if len(found) > limit else None
        return Page([one for one, _ in found[:limit]], following, None)

    def _decided(self, product: Product) -> Decided:
        return Decided(product, eligibility(product, self.customer, self.now, self.channel))


def _asks(bits: int) -> ColumnElement[Any]:
    return DOCUMENT.columns.asks.op("&")(bits)


def _first(verdict: Verdict) -> Answer:
    deciding = next((check.code for check in verdict.checks if check.outcome is verdict.outcome), "")
    return verdict.outcome, "" if verdict.outcome is Outcome.YES else deciding


def _written(answer: Answer) -> str:
    outcome, code = answer
    return f"{outcome}:{code}" if code else _OFFERED


def _read(written: str) -> Answer:
    outcome, _, code = written.partition(":")
    return Outcome(outcome), code


def _one_of(session: Session, numbers: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a product is one of these, however many they are."""
    if session.get_bind().dialect.name == "postgresql":
        given = select(func.unnest(cast(list(numbers), ARRAY(Integer))))
    else:
        text = "[" + ",".join(map(str, numbers)) + "]"
        given = select(func.json_each(literal(text, Text())).table_valued("value").c.value)
    return Product.id.in_(given)
