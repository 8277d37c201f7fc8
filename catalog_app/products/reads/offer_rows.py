"""The rows of what a customer may be offered, best first, read by an index until the page is full.

What the customer's facts refuse is refused in SQL. A row says by its `asks` what is left: most are decided by it, and
only a product with a rule, or with relations to what the customer owns, is judged by the verdict itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, bindparam, func, not_, or_, select, text, union_all

from catalog_app.core.columns import AMOUNT_SCALE, UtcDateTime
from catalog_app.core.json_sql import json_array_has_one
from catalog_app.core.reader import Reader, Rows
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.reads import asks
from catalog_app.products.reads.documents import BY_VALUE, DOCUMENT, microseconds
from catalog_app.products.reads.rendering import COLUMNS
from catalog_app.products.reads.statements import Compiled, Statement, compiled

_UNIT: Final = 10**AMOUNT_SCALE
_PAST_ALL_IDS: Final = 1 << 31
_KEYS: Final = (DOCUMENT.columns.worth_in, DOCUMENT.columns.worth, DOCUMENT.columns.asks)
WIDTH: Final = len(_KEYS)
"""So many columns stand in a row before those of the document: worth_in, worth, asks."""


class At(NamedTuple):
    """A place among offers: by worth in ten-thousandths, None among those that are not ranked, then by id."""

    worth: int | None
    id: int

    @classmethod
    def of(cls, worth: Decimal | None, product_id: int) -> "At":
        """Return the place of a cursor, which may say a finer worth than any that is stored."""
        if worth is None:
            return cls(None, product_id)
        scaled = worth * _UNIT
        whole = int(scaled.to_integral_value(ROUND_FLOOR))
        return cls(whole, product_id) if whole == scaled else cls(whole + 1, _PAST_ALL_IDS)


@dataclass(frozen=True)
class Question:
    """Who asks for offers, and how they are narrowed."""

    customer: CustomerFeatures
    channel: str | None
    strict: bool
    filters: ProductFilters
    base_currency: str

    @property
    def left_open(self) -> int:
        """The checks that cannot say yes, for nobody told what they ask: unknown where a product restricts them."""
        customer = self.customer
        told = {
            asks.CHANNEL: self.channel,
            asks.PAYMENT_MODE: customer.payment_mode,
            asks.CUSTOMER_VALUE: customer.customer_value,
            asks.SEGMENTS: customer.segments,
            asks.RELATIONS: customer.owned,
            asks.POINTS: customer.points,
            asks.LIMIT: customer.times_taken,
            asks.COOLDOWN: customer.last_offered,
        }
        return sum(bit for bit, value in told.items() if value is None)

    @property
    def judged(self) -> int:
        """The checks that only the verdict itself decides."""
        return asks.ANYTHING & ~self.left_open & ~_IN_SQL | asks.RULE


_IN_SQL: Final = asks.CHANNEL | asks.PAYMENT_MODE | asks.CUSTOMER_VALUE | asks.SEGMENTS


@dataclass(frozen=True)
class _Shape:
    """What two questions have in common that the same statement answers."""

    channel: bool
    payment_mode: bool
    customer_value: bool
    segments: int | None
    strict: bool
    is_postgresql: bool
    filters: ProductFilters

    @classmethod
    def of(cls, question: Question, *, is_postgresql: bool) -> "_Shape":
        customer = question.customer
        return cls(
            question.channel is not None,
            customer.payment_mode is not None,
            customer.customer_value is not None,
            None if customer.segments is None else len(customer.segments),
            question.strict,
            is_postgresql,
            question.filters,
        )


def offer_rows(reader: Reader, question: Question, now: datetime, after: At | None, limit: int) -> Iterator[Rows]:
    """Yield rows that are not refused, best first, `limit` at a time until there are no more.

    Each is worth_in, worth and asks, then what rendering.py shows.
    """
    shape = _Shape.of(question, is_postgresql=reader.is_postgresql)
    given = {**_given(question, now, is_postgresql=reader.is_postgresql), "limit": limit}
    if after is None or after.worth is not None:
        place = after
        while rows := _ranked(shape, is_begun=place is not None).rows(reader, {**given, **_place(place)}):
            yield rows
            if len(rows) < limit:
                break
            place = At(rows[-1][1], rows[-1][WIDTH])
    place = after if after is not None and after.worth is None else At(None, 0)
    while rows := _unranked(shape).rows(reader, {**given, **_place(place)}):
        yield rows
        if len(rows) < limit:
            break
        place = At(None, rows[-1][WIDTH])


def count_decided(reader: Reader, question: Question, now: datetime) -> int:
    """Return how many products are offered by what SQL can decide alone."""
    shape = _Shape.of(question, is_postgresql=reader.is_postgresql)
    return int(_counting(shape).rows(reader, _given(question, now, is_postgresql=reader.is_postgresql))[0][0])


def rows_to_judge(reader: Reader, question: Question, now: datetime) -> Rows:
    """Return the rows of all products on which the verdict itself has to be asked, in no order."""
    shape = _Shape.of(question, is_postgresql=reader.is_postgresql)
    return _judging(shape).rows(reader, _given(question, now, is_postgresql=reader.is_postgresql))


def _given(question: Question, now: datetime, *, is_postgresql: bool) -> dict[str, Any]:
    customer = question.customer
    given: dict[str, Any] = {
        "moment": microseconds(now),
        "now": now if is_postgresql else now.replace(tzinfo=None).isoformat(" ", "microseconds"),
        "base_currency": question.base_currency,
        "left_open": question.left_open,
        "judged": question.judged,
    }
    if question.channel is not None:
        given["channels"] = asks.CHANNEL | asks.CHANNELS[question.channel]
    if customer.payment_mode is not None:
        given["modes"] = asks.PAYMENT_MODE | asks.MODES[customer.payment_mode]
    if customer.customer_value is not None:
        # A finer value than a bound can have is rounded away from each bound, and so compares alike.
        scaled = customer.customer_value * _UNIT
        given["low"], given["high"] = (int(scaled.to_integral_value(way)) for way in (ROUND_FLOOR, ROUND_CEILING))
    return given | {f"segment{number}": key for number, key in enumerate(sorted(customer.segments or ()))}


def _place(at: At | None) -> Mapping[str, Any]:
    return {} if at is None else {"worth": at.worth, "id": at.id}


@lru_cache(maxsize=256)
def _ranked(shape: _Shape, *, is_begun: bool) -> Compiled:
    worth, number = DOCUMENT.columns.worth, DOCUMENT.columns.id
    at, after = bindparam("worth", type_=worth.type), bindparam("id", type_=number.type)
    beyond = [worth <= at, or_(worth < at, number > after)] if is_begun else []
    arms = [
        _offered(shape).where(DOCUMENT.columns.worth_in == value, *beyond)
        for value in (text(f"'{BY_VALUE}'"), bindparam("base_currency", type_=Text()))
    ]
    if shape.is_postgresql:
        # SQLite merges the two as it walks them; PostgreSQL would rather sort them whole, so each says where it ends.
        arms = [select(arm.order_by(worth.desc(), number).limit(_LIMIT).subquery()) for arm in arms]
    # By position, worth and id: SQLite takes no other name of a column for the whole of a union than for its parts.
    return _compiled(union_all(*arms).order_by(text("2 DESC"), text("4")).limit(_LIMIT), shape)


@lru_cache(maxsize=256)
def _unranked(shape: _Shape) -> Compiled:
    worth_in, number = DOCUMENT.columns.worth_in, DOCUMENT.columns.id
    others = _offered(shape).where(
        worth_in != text(f"'{BY_VALUE}'"),
        worth_in != bindparam("base_currency", type_=Text()),
        number > bindparam("id", type_=number.type),
    )
    return _compiled(others.order_by(number).limit(_LIMIT), shape)


@lru_cache(maxsize=256)
def _counting(shape: _Shape) -> Compiled:
    counted = select(func.count()).select_from(_tables(shape)).where(*_conditions(shape), _asked("judged") == 0)
    return _compiled(_narrowed(counted, shape), shape)


@lru_cache(maxsize=256)
def _judging(shape: _Shape) -> Compiled:
    return _compiled(_offered(shape).where(_asked("judged") != 0), shape)


_LIMIT: Final = bindparam("limit", type_=Integer())
_OPEN: Final = frozenset(
    {
        "moment",
        "now",
        "base_currency",
        "left_open",
        "judged",
        "channels",
        "modes",
        "low",
        "high",
        "worth",
        "id",
        "limit",
    }
)


def _compiled(statement: Statement, shape: _Shape) -> Compiled:
    names = _OPEN | {f"segment{number}" for number in range(shape.segments or 0)}
    return compiled(statement, tuple(names), is_postgresql=shape.is_postgresql)


def _offered(shape: _Shape) -> Select[*tuple[Any, ...]]:
    return _narrowed(select(*_KEYS, *COLUMNS).select_from(_tables(shape)).where(*_conditions(shape)), shape)


def _tables(shape: _Shape) -> Any:
    product = Product.__mapper__.local_table
    return DOCUMENT.join(product, product.c.id == DOCUMENT.columns.id) if shape.filters else DOCUMENT


def _narrowed(statement: Select[*tuple[Any, ...]], shape: _Shape) -> Select[*tuple[Any, ...]]:
    # A parameter in the place of the moment: the statement outlives it.
    now = cast("datetime", bindparam("now", type_=UtcDateTime()))
    return shape.filters.narrow(statement, now)


def _conditions(shape: _Shape) -> Iterator[ColumnElement[bool]]:
    column = DOCUMENT.columns
    moment = bindparam("moment", type_=column.sale_to.type)
    # The first says it in the words of the index.
    yield and_(text("product_document.sale_to > 0"), column.sale_from <= moment, column.sale_to > moment)
    yield or_(column.quota_left.is_(None), column.quota_left > 0)
    if shape.channel:
        yield _asked("channels") != asks.CHANNEL
    if shape.payment_mode:
        yield _asked("modes") != asks.PAYMENT_MODE
    if shape.customer_value:
        yield or_(column.min_value.is_(None), column.min_value <= bindparam("low", type_=column.min_value.type))
        yield or_(column.max_value.is_(None), column.max_value >= bindparam("high", type_=column.max_value.type))
    if shape.segments is not None:
        yield from _segments(shape.segments)
    if shape.strict:
        yield _asked("left_open") == 0


def _segments(count: int) -> Iterator[ColumnElement[bool]]:
    targets, excludes = DOCUMENT.columns.targets, DOCUMENT.columns.excludes
    keys = [bindparam(f"segment{number}", type_=Text()) for number in range(count)]
    if keys:
        yield or_(targets.is_(None), json_array_has_one(targets, keys))
        yield or_(excludes.is_(None), not_(json_array_has_one(excludes, keys)))
    else:
        yield targets.is_(None)


def _asked(name: str) -> ColumnElement[Any]:
    """Return what a product asks of these checks, channels or modes."""
    return DOCUMENT.columns.asks.op("&")(bindparam(name, type_=Integer()))
