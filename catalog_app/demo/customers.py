"""The customers of the demo, made up: what is known of them, what they hold, and by what model they choose.

The model is stated here, and nothing else knows it: a customer accepts an offer with the probability

    p = sigmoid(LEVEL + taste of the kind of product for the customer's habits - PRICE * ln(1 + price / 30)
                + BESIDE if they hold something of the same kind + a level of the product's own)

so that what is learned from the history can be laid beside what it was drawn from (docs/nbo.md).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

LEVEL: Final = -2.2
PRICE: Final = 0.45
BESIDE: Final = 0.5
SPREAD: Final = 0.35
"""The standard deviation of the products' own levels."""
_PRICE_UNIT: Final = 30
MOST_HELD: Final = 6

ROAMING, DATA, CONTENT, HOME, DEVICES, LOYALTY, CALLS, PLANS, SERVICES, WORK = KINDS = (
    "roaming", "data", "content", "home", "devices", "loyalty", "calls", "plans", "services", "work",
)  # fmt: skip
_BY_CATEGORY: Final = (
    ("Roaming", ROAMING), ("Add-ons/Content", CONTENT), ("Television", CONTENT), ("Home", HOME), ("Family", HOME),
    ("Business", WORK), ("Office", WORK), ("IoT", WORK), ("Voice Trunk", WORK), ("SMS Gateway", WORK), ("Cloud Desk", WORK),
    ("Devices", DEVICES), ("Accessories", DEVICES), ("Loyalty", LOYALTY), ("Vouchers", LOYALTY), ("Add-ons/Voice", CALLS),
    ("Prepaid/Data", DATA), ("Postpaid/Data", DATA), ("Campus", DATA), ("Prepaid", PLANS), ("Postpaid", PLANS), ("Hybrid", PLANS),
)  # fmt: skip


@dataclass(frozen=True)
class Offered:
    """What the model looks at in a product."""

    product_id: int
    kind: str
    price: float
    own_level: float

    @classmethod
    def of(cls, product_id: int, identity: str, category: str | None, price: float) -> "Offered":
        """Return the product as customers see it; `price` in the base currency, 0 for none."""
        kind = next((kind for begins, kind in _BY_CATEGORY if (category or "").startswith(begins)), SERVICES)
        return cls(product_id, kind, price, Random(f"level of {identity}").gauss(0, SPREAD))  # noqa: S311  # every demo looks alike


@dataclass(frozen=True)
class Somebody:
    """A customer: the id by which other systems know them, what is told of them, and what they hold."""

    customer_id: str
    features: Mapping[str, Any]
    owned: Sequence[int]

    def holding(self, owned: Sequence[int]) -> "Somebody":
        return Somebody(self.customer_id, self.features, owned)


def somebody(number: int) -> Somebody:
    """Return the customer of this number, the same one each time, who holds nothing yet."""
    chance = Random(f"customer {number}")  # noqa: S311
    segments = [name for name, share in _SEGMENTS if chance.random() < share]
    travels = chance.random() < (0.8 if "traveller" in segments else 0.12)
    value = round(math.exp(chance.gauss(5.2 + 0.7 * ("high-value" in segments), 0.5)))
    features = {
        "segments": segments,
        "customer_value": str(value),
        "payment_mode": "postpaid" if chance.random() < 0.45 + 0.35 * ("high-value" in segments) else "prepaid",
        "tenure_months": min(180, round(chance.expovariate(1 / 34))),
        "data_used_percent": round(100 * chance.betavariate(3, 1.6)),
        "video_share_percent": round(100 * chance.betavariate(1.6, 2.6)),
        "roaming_days_90": chance.randint(1, 14) if travels else 0,
        "lines": 1 + ("family" in segments) * chance.randint(1, 4),
        "recharges_30": chance.randint(0, 8),
        "preferred_channel": chance.choice(("app", "app", "sms", "web", "shop")),
    }
    return Somebody(f"+9665{number:08}", features, ())


_SEGMENTS: Final = (
    ("high-value", 0.18), ("family", 0.3), ("youth", 0.28), ("expat", 0.3), ("traveller", 0.16), ("senior", 0.1), ("business", 0.07),
)  # fmt: skip


def would_accept(customer: Somebody, product: Offered, kinds_held: frozenset[str]) -> float:
    """Return the probability with which this customer accepts this product: the truth of the demo."""
    logit = LEVEL + _TASTES[product.kind](customer.features) + product.own_level
    logit -= PRICE * math.log1p(product.price / _PRICE_UNIT)
    logit += BESIDE * (product.kind in kinds_held)
    return 1 / (1 + math.exp(-logit))


def holdings(customer: Somebody, products: Sequence[Offered]) -> list[int]:
    """Return what the customer holds before the history begins: the more they like a product, the likelier."""
    chance = Random(f"holdings of {customer.customer_id}")  # noqa: S311
    # Efraimidis and Spirakis: the largest of u ** (1 / weight) are a sample without replacement by weight.
    drawn = {one.product_id: chance.random() ** (1 / would_accept(customer, one, frozenset())) for one in products}
    return sorted(sorted(drawn, key=drawn.__getitem__, reverse=True)[: chance.randint(1, MOST_HELD)])


def _has(features: Mapping[str, Any], segment: str) -> float:
    return float(segment in features["segments"])


_TASTES: Final[Mapping[str, Callable[[Mapping[str, Any]], float]]] = {
    ROAMING: lambda told: -1.4 + 0.22 * min(10, told["roaming_days_90"]),
    DATA: lambda told: 0.05 * (told["data_used_percent"] - 62) + 0.08 * told["recharges_30"],
    CONTENT: lambda told: -0.6 + 0.045 * (told["video_share_percent"] - 30) + 0.5 * _has(told, "youth"),
    HOME: lambda told: -1.1 + 0.55 * (told["lines"] - 1),
    DEVICES: lambda told: -0.5 + 0.5 * math.log(float(told["customer_value"]) / 150) + 0.01 * told["tenure_months"],
    LOYALTY: lambda told: 0.5 + 0.012 * told["tenure_months"],
    CALLS: lambda told: -0.4 + 1.2 * _has(told, "expat") - 0.5 * _has(told, "youth"),
    PLANS: lambda told: 0.5 + 0.02 * (told["data_used_percent"] - 60) + 0.5 * _has(told, "high-value"),
    SERVICES: lambda told: -0.5 + 0.4 * _has(told, "senior"),
    WORK: lambda told: -2.4 + 3.2 * _has(told, "business"),
}
"""How much the habits of a customer speak for each kind of product."""
