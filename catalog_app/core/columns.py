"""Column types that mean the same on SQLite and on PostgreSQL."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from operator import methodcaller
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Numeric, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from catalog_app.core.errors import Sentence

AMOUNT_SCALE = 4
_SCALED = 10**AMOUNT_SCALE

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSON values are replaced whole, never changed in place: nothing tracks what happens inside them."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite has no time zones, so it keeps the plain UTC text, which sorts."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone is not a moment")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # the base class names it
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Amount(TypeDecorator[Decimal]):
    """A Decimal(14, 4). SQLite has only floats, so it keeps the number of ten-thousandths, which is exact and sorts."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind = Numeric(14, AMOUNT_SCALE) if dialect.name == "postgresql" else BigInteger()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        if value is None or dialect.name == "postgresql":
            return value
        return int((Decimal(value) * _SCALED).to_integral_value())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value) if dialect.name == "postgresql" else Decimal(value) / _SCALED


class Said(TypeDecorator[str]):
    """A text that may be a Sentence of our rules, which stays one: a page says it in its reader's language."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # the base class names it
        # A number of numpy is kept as the plain one that it is.
        return json.dumps(_taken_apart(value), default=methodcaller("item")) if isinstance(value, Sentence) else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # the base class names it
        return _put_together(json.loads(value)) if value is not None and value.startswith(_TEMPLATE) else value


_TEMPLATE = '{"sentence": '


def _taken_apart(value: Any) -> Any:
    if not isinstance(value, Sentence):
        return value
    return {"sentence": value.template, "values": {name: _taken_apart(one) for name, one in value.values.items()}}


def _put_together(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    template, values = found["sentence"], found["values"]
    return Sentence(template, **{name: _put_together(one) for name, one in values.items()})
