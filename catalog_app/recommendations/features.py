"""What the models are told of customers and of products: the same when they learn and when they are asked."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from math import isfinite, log1p
from typing import Any, Final, Protocol

FeatureValue = str | int | float | bool | list[str] | None

AMOUNTS: Final = frozenset({"customer_value", "lifetime_value", "total_revenue", "points"})
"""Numbers that callers may write as text (products/customers.py takes them so too)."""
NOT_LEARNED: Final = frozenset({"owned", "times_taken", "last_offered"})
"""What a customer has and was offered is no feature: the first is learned from as holdings, the others are limits."""
_DEEPEST: Final = 4
_LIST: Final = "/"


class DescribedProduct(Protocol):
    """A product, or as much of one as models are told."""

    @property
    def product_type(self) -> str: ...
    @property
    def payment_mode(self) -> str: ...
    @property
    def billing_cycle(self) -> str: ...
    @property
    def recurring(self) -> bool: ...
    @property
    def category(self) -> str | None: ...
    @property
    def price(self) -> Decimal | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def points_price(self) -> int | None: ...
    @property
    def features(self) -> Mapping[str, Any]: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...


def customer_features(told: Mapping[str, Any]) -> dict[str, FeatureValue]:
    """Return what a model may learn from the free features that a caller told of a customer, by name.

    Numbers, truths and texts stand as they are, amounts that were written as text as numbers. An object becomes one
    feature for each of its members ("usage.data_mb"); of a list the texts and numbers count, each by itself. What is
    no feature (NOT_LEARNED), and what is nested deeper than four levels, is left out.
    """
    if _NOT_NESTED.issuperset(map(type, told.values())):
        # Nothing is spread over several names, so only what has to be read in another way is looked at by itself.
        found = dict(told)
        for name in NOT_LEARNED & told.keys():
            del found[name]
        lists = [name for name, value in found.items() if value.__class__ not in _PLAIN]
        for name in AMOUNTS & found.keys() | set(lists):
            value = found.pop(name)
            found.update(_flat(name, value, 0))
        return found
    found = {}
    for name, value in told.items():
        if name not in NOT_LEARNED:
            if value.__class__ in _PLAIN and name not in AMOUNTS:
                found[name] = value
            else:
                found.update(_flat(name, value, 0))
    return found


def product_features(product: DescribedProduct, base_currency: str) -> dict[str, FeatureValue]:
    """Return what a model may learn of a product: of what kind it is, what it costs, and what is in it.

    Amounts and counts are on a logarithmic map, log(1 + x), so that 1 GB and 100 GB lie as far apart as 100 GB and
    10 TB. The price is told in the base currency only, since prices in two currencies do not compare. "Unlimited" is
    a truth beside the count that it takes the place of. Free features and attributes count as they are named. Each level of a category counts: "Postpaid / Family" is both.
    """
    found: dict[str, FeatureValue] = {
        "product_type": product.product_type,
        "payment_mode": product.payment_mode,
        "billing_cycle": product.billing_cycle,
        "recurring": product.recurring,
    }
    if product.category:
        found["category"] = list(_levels(product.category))
    if product.price is not None and product.currency == base_currency:
        found["price"] = log1p(max(float(product.price), 0.0))
    if product.points_price is not None:
        found["points_price"] = log1p(product.points_price)
    for kind, told in (("features", product.features), ("attributes", product.attributes)):
        for name, value in customer_features(told).items():
            found.update(_measured(f"{kind}.{name}", value))
    return found


_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_NOT_NESTED: Final = _PLAIN | {list, Decimal}


def _flat(name: str, value: Any, depth: int) -> Iterator[tuple[str, FeatureValue]]:
    if isinstance(value, Decimal):
        yield name, float(value)
    elif isinstance(value, str) and name in AMOUNTS:
        # What is no number says nothing of an amount, and neither does the text "nan".
        with suppress(ValueError):
            if isfinite(amount := float(value)):
                yield name, amount
    elif value.__class__ in _PLAIN:
        yield name, value
    elif isinstance(value, Mapping):
        if depth < _DEEPEST:
            for key, member in value.items():
                yield from _flat(f"{name}.{key}", member, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        yield name, sorted(set(_texts(value, depth)))


def _texts(values: Any, depth: int) -> Iterator[str]:
    for value in values:
        if isinstance(value, list | tuple):
            if depth < _DEEPEST:
                yield from _texts(value, depth + 1)
        elif isinstance(value, str | int | float | Decimal):
            yield str(value)


def _levels(category: str) -> Iterator[str]:
    parts = [part.strip() for part in category.split(_LIST)]
    for end in range(1, len(parts) + 1):
        yield f" {_LIST} ".join(parts[:end])


def _measured(name: str, value: FeatureValue) -> Iterator[tuple[str, FeatureValue]]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        if value == "unlimited":
            yield f"{name}.unlimited", True
        else:
            yield name, value
    else:
        yield name, log1p(abs(value)) * (1 if value >= 0 else -1)
