"""The conditions that filters put on products; a value and the moment may be parameters of a statement instead."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Text, and_, literal, literal_column, not_, or_
from sqlalchemy.orm import InstrumentedAttribute

from catalog_app.core.json_sql import json_array_empty, json_array_has_one, json_member_says, json_object_empty
from catalog_app.core.text_sql import text_has
from catalog_app.products.models import IS_TROUBLED, Product
from catalog_app.products.prefilter import available_now_condition

Condition = Callable[[Any, Any], ColumnElement[bool]]
"""Makes the condition of a value and a moment."""

TROUBLED = frozenset({"conflict", "missing", "error"})
ANYONE = "anyone"
"""What `locked_by` takes for fields that belong to people, whoever they are."""


def equals(column: InstrumentedAttribute[Any]) -> Condition:
    return lambda value, _now: column == value


def in_sync_state(value: str, _now: Any) -> ColumnElement[bool]:
    state = Product.sync_state == value
    # Said as the index says it, which is how a database sees that it may use it.
    return and_(state, literal_column(f"product.{IS_TROUBLED}")) if value in TROUBLED else state


def contains(column: InstrumentedAttribute[Any]) -> Condition:
    # The column and the value are both folded.
    return lambda value, _now: text_has(column, value)


def is_active(value: Any, _now: Any) -> ColumnElement[bool]:
    return Product.lifecycle_status == "launched" if value else Product.lifecycle_status != "launched"


def available_now(value: Any, now: Any) -> ColumnElement[bool]:
    return available_now_condition(now) if value else not_(available_now_condition(now))


def names_segment(value: Any, _now: Any) -> ColumnElement[bool]:
    return json_array_has_one(Product.target_segments, [_expression(value)])


def has_channel(value: Any, _now: Any) -> ColumnElement[bool]:
    # No channels means every channel.
    return or_(json_array_empty(Product.channels), json_array_has_one(Product.channels, [_expression(value)]))


def has_lock_of(value: str, _now: Any) -> ColumnElement[bool]:
    is_locked = not_(json_object_empty(Product.field_locks))
    # The first half spares most products the second.
    return (
        is_locked if value == ANYONE else and_(is_locked, json_member_says(Product.field_locks, "by", f"user:{value}"))
    )


def _expression(value: Any) -> ColumnElement[str]:
    return value if isinstance(value, BindParameter) else literal(value, Text())
