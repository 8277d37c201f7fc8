"""The closed lists of a product: short strings, checked here and nowhere else."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

ProductType = Literal["voice", "data", "sms", "bundle", "device", "service", "addon", "reward", "voucher"]
PaymentMode = Literal["any", "prepaid", "postpaid", "hybrid"]
BillingCycle = Literal["daily", "weekly", "monthly", "quarterly", "yearly", "one_time"]
PriceType = Literal["recurring", "one_time", "usage", "discount"]
LifecycleStatus = Literal["in_design", "in_test", "launched", "suspended", "retired", "obsolete", "rejected"]
Channel = Literal["sms", "email", "push", "app", "ussd", "web", "shop"]
Relation = Literal["requires", "excludes", "optional_for", "replaced_by"]
SyncFrequency = Literal["realtime", "hourly", "daily", "weekly", "manual"]
SyncState = Literal["in_sync", "local_edit", "conflict", "missing", "error", "manual"]

PRODUCT_TYPES: tuple[str, ...] = get_args(ProductType)
PAYMENT_MODES: tuple[str, ...] = get_args(PaymentMode)
BILLING_CYCLES: tuple[str, ...] = get_args(BillingCycle)
PRICE_TYPES: tuple[str, ...] = get_args(PriceType)
LIFECYCLE_STATUSES: tuple[str, ...] = get_args(LifecycleStatus)
CHANNELS: tuple[str, ...] = get_args(Channel)
RELATIONS: tuple[str, ...] = get_args(Relation)
SYNC_FREQUENCIES: tuple[str, ...] = get_args(SyncFrequency)
SYNC_STATES: tuple[str, ...] = get_args(SyncState)

MANUAL = "manual"
"""The external system of a product that people made here."""

UNLIMITED = "unlimited"

SEGMENT_KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
"""A segment's key: small letters, digits and hyphens, at most 50 of them."""


@dataclass(frozen=True)
class Feature:
    """A feature whose meaning is known: a whole number in `unit`, or a list of words where the unit is None."""

    key: str
    unit: str | None
    may_be_unlimited: bool = False


FEATURES = (
    Feature("data_mb", "MB", may_be_unlimited=True),
    Feature("voice_minutes", "min", may_be_unlimited=True),
    Feature("sms_count", "SMS", may_be_unlimited=True),
    Feature("validity_days", "days", may_be_unlimited=True),
    Feature("speed_mbps", "Mbit/s", may_be_unlimited=True),
    Feature("roaming_zones", None),
    Feature("commitment_months", "months"),
)
