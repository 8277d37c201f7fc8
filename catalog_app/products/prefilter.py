"""The SQL side of eligibility: it narrows what has to be judged, and never drops what the verdict would keep.

`available_now_condition` is exact. `not_refused_condition` may keep more than the verdict does: what needs the
customer's contacts, belongings or a product's own rule is left to eligibility().
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sqlalchemy import ColumnElement, and_, not_, or_

from catalog_app.core.columns import AMOUNT_SCALE
from catalog_app.core.json_sql import json_array_empty, json_array_has, json_array_has_any, json_has_path
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.field_types import MAX_INT
from catalog_app.products.models import Product

_UNIT = Decimal(1).scaleb(-AMOUNT_SCALE)


def available_now_condition(now: datetime) -> ColumnElement[bool]:
    """Return the twin of `available_now`: on sale at this moment, whoever asks."""
    return and_(*dict(on_sale(now)).values())


def not_refused_condition(customer: CustomerFeatures, now: datetime, channel: str | None = None) -> ColumnElement[bool]:
    """Return a condition that holds for every product whose verdict is yes or unknown, and for few others."""
    return and_(*(condition for _, condition in passing(customer, now, channel)))


def passing(
    customer: CustomerFeatures, now: datetime, channel: str | None = None
) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """Yield the code of each check that SQL can make, in the order of the checks, with what holds where it does not refuse."""
    yield from on_sale(now)
    yield from _open_to(customer, channel)


def on_sale(now: datetime) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """Yield the code of each check of availability, in their order, with the condition that holds where it says yes."""
    yield (
        "lifecycle",
        and_(
            Product.deleted_at.is_(None),
            Product.lifecycle_status == "launched",
            not_(json_has_path(Product.field_locks, "lifecycle_status", "theirs")),
        ),
    )
    yield "switch", Product.is_available.is_(True)
    yield (
        "window",
        and_(
            or_(Product.valid_from.is_(None), Product.valid_from <= now),
            or_(Product.valid_to.is_(None), Product.valid_to > now),
        ),
    )
    yield "missing", Product.missing_since.is_(None)
    yield "quota", or_(Product.quota_left.is_(None), Product.quota_left > 0)


def _open_to(customer: CustomerFeatures, channel: str | None) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """Yield a condition for each dimension that was given; one that was not given refuses nothing."""
    if channel is not None:
        yield "channel", or_(json_array_empty(Product.channels), json_array_has(Product.channels, channel))
    if customer.payment_mode is not None:
        yield "payment_mode", Product.payment_mode.in_(("any", customer.payment_mode))
    if customer.customer_value is not None:
        # A column would round a finer value, past a bound perhaps; rounded away from each bound it compares alike.
        low, high = (customer.customer_value.quantize(_UNIT, way) for way in (ROUND_FLOOR, ROUND_CEILING))
        above = or_(Product.min_customer_value.is_(None), Product.min_customer_value <= low)
        yield (
            "customer_value",
            and_(above, or_(Product.max_customer_value.is_(None), Product.max_customer_value >= high)),
        )
    if customer.segments is not None:
        targeted = json_array_has_any(Product.target_segments, customer.segments)
        excluded = json_array_has_any(Product.exclude_segments, customer.segments)
        yield "segments", and_(or_(json_array_empty(Product.target_segments), targeted), not_(excluded))
    if customer.points is not None:
        # A customer may have more points than the column could ask for; no price is above its end.
        yield "points", or_(Product.points_price.is_(None), Product.points_price <= min(customer.points, MAX_INT))
