"""What a product asks of a customer, as bits of one number: most verdicts follow from them without the product.

The lowest bits say which checks of eligibility the product restricts, in the order of the checks. Above them stand
the payment mode and the channels it allows. Stored with every document, so a bit never changes its meaning.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

CHANNEL: Final = 1 << 0
PAYMENT_MODE: Final = 1 << 1
CUSTOMER_VALUE: Final = 1 << 2
SEGMENTS: Final = 1 << 3
RELATIONS: Final = 1 << 4
POINTS: Final = 1 << 5
LIMIT: Final = 1 << 6
COOLDOWN: Final = 1 << 7
RULE: Final = 1 << 8

CHECKS: Final = {
    "channel": CHANNEL,
    "payment_mode": PAYMENT_MODE,
    "customer_value": CUSTOMER_VALUE,
    "segments": SEGMENTS,
    "relations": RELATIONS,
    "points": POINTS,
    "limit": LIMIT,
    "cooldown": COOLDOWN,
    "rule": RULE,
}
"""The bit of each check by its code, in the order of the checks."""

ANYTHING: Final = (1 << 9) - 1
"""Every check that a product may restrict."""

MODES: Final = {"prepaid": 1 << 9, "postpaid": 1 << 10, "hybrid": 1 << 11}
CHANNELS: Final = {
    "sms": 1 << 12,
    "email": 1 << 13,
    "push": 1 << 14,
    "app": 1 << 15,
    "ussd": 1 << 16,
    "web": 1 << 17,
    "shop": 1 << 18,
}


def asks(shown: Mapping[str, Any]) -> int:
    """Return what a product asks, given its fields as JSON shows them."""
    bits = 0
    if channels := shown["channels"]:
        bits |= CHANNEL
        for channel in channels:
            bits |= CHANNELS[channel]
    if (mode := shown["payment_mode"]) != "any":
        bits |= PAYMENT_MODE | MODES[mode]
    if shown["min_customer_value"] is not None or shown["max_customer_value"] is not None:
        bits |= CUSTOMER_VALUE
    if shown["target_segments"] or shown["exclude_segments"]:
        bits |= SEGMENTS
    if any(entry["relation"] in ("requires", "excludes") for entry in shown["relations"]):
        bits |= RELATIONS
    return bits | _by_number(shown)


def _by_number(shown: Mapping[str, Any]) -> int:
    bits = POINTS if shown["points_price"] else 0
    if shown["max_per_customer"] is not None:
        bits |= LIMIT
    if shown["cooldown_days"]:
        bits |= COOLDOWN
    return bits | RULE if shown["eligibility_rule"] else bits


@cache
def codes(bits: int) -> tuple[str, ...]:
    """Return the codes of these checks, in their order."""
    return tuple(code for code, bit in CHECKS.items() if bits & bit)
