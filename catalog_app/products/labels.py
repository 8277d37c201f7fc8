"""The words that people read for our short strings and field names: this is the only place that has them."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

TERMS: Mapping[str, Any] = {
    # product types
    "voice": lazy_gettext("Voice"),
    "data": lazy_gettext("Data"),
    "sms": lazy_gettext("SMS"),
    "bundle": lazy_gettext("Bundle"),
    "device": lazy_gettext("Device"),
    "service": lazy_gettext("Service"),
    "addon": lazy_gettext("Add-on"),
    "reward": lazy_gettext("Reward"),
    "voucher": lazy_gettext("Voucher"),
    # payment modes
    "any": lazy_gettext("Any"),
    "prepaid": lazy_gettext("Prepaid"),
    "postpaid": lazy_gettext("Postpaid"),
    "hybrid": lazy_gettext("Hybrid"),
    # billing cycles and frequencies
    "daily": lazy_gettext("Daily"),
    "weekly": lazy_gettext("Weekly"),
    "monthly": lazy_gettext("Monthly"),
    "quarterly": lazy_gettext("Quarterly"),
    "yearly": lazy_gettext("Yearly"),
    "one_time": lazy_gettext("One time"),
    "realtime": lazy_gettext("Real time"),
    "hourly": lazy_gettext("Hourly"),
    # price types
    "recurring": lazy_gettext("Recurring"),
    "usage": lazy_gettext("Usage"),
    "discount": lazy_gettext("Discount"),
    # lifecycle
    "in_design": lazy_gettext("In design"),
    "in_test": lazy_gettext("In test"),
    "launched": lazy_gettext("Active"),
    "suspended": lazy_gettext("Suspended"),
    "retired": lazy_gettext("Retired"),
    "obsolete": lazy_gettext("Obsolete"),
    "rejected": lazy_gettext("Rejected"),
    # sync states
    "in_sync": lazy_gettext("In sync"),
    "local_edit": lazy_gettext("Yours"),
    "conflict": lazy_gettext("Conflict"),
    "missing": lazy_gettext("Missing"),
    "error": lazy_gettext("Error"),
    "manual": lazy_gettext("Manual"),
    # channels
    "email": lazy_gettext("Email"),
    "push": lazy_gettext("Push"),
    "app": lazy_gettext("App"),
    "ussd": lazy_gettext("USSD"),
    "web": lazy_gettext("Web"),
    "shop": lazy_gettext("Shop"),
    # relations
    "requires": lazy_gettext("Requires"),
    "excludes": lazy_gettext("Excludes"),
    "optional_for": lazy_gettext("Optional for"),
    "replaced_by": lazy_gettext("Replaced by"),
    # flags of filters
    "true": lazy_gettext("Yes"),
    "false": lazy_gettext("No"),
}

FEATURE_LABELS: Mapping[str, Any] = {
    "data_mb": lazy_gettext("Data"),
    "voice_minutes": lazy_gettext("Voice"),
    "sms_count": lazy_gettext("Messages"),
    "validity_days": lazy_gettext("Validity"),
    "speed_mbps": lazy_gettext("Speed"),
    "roaming_zones": lazy_gettext("Roaming zones"),
    "commitment_months": lazy_gettext("Commitment"),
}

_CHECKS: Mapping[str, Any] = {
    "lifecycle": lazy_gettext("Status"),
    "switch": lazy_gettext("May be bought"),
    "window": lazy_gettext("Window"),
    "missing": lazy_gettext("At its source"),
    "quota": lazy_gettext("Quota"),
    "channel": lazy_gettext("Channel"),
    "payment_mode": lazy_gettext("Pays"),
    "customer_value": lazy_gettext("Customer value"),
    "segments": lazy_gettext("Segments"),
    "relations": lazy_gettext("Relations"),
    "points": lazy_gettext("Points"),
    "limit": lazy_gettext("Per customer"),
    "cooldown": lazy_gettext("Cool-down"),
    "rule": lazy_gettext("Rule"),
}

FIELD_LABELS: Mapping[str, Any] = {
    "external_system": lazy_gettext("System"),
    "external_product_id": lazy_gettext("External id"),
    "name": lazy_gettext("Name"),
    "short_name": lazy_gettext("Short name"),
    "description": lazy_gettext("Description"),
    "translations": lazy_gettext("Translations"),
    "product_type": lazy_gettext("Type"),
    "payment_mode": lazy_gettext("For customers"),
    "category": lazy_gettext("Category"),
    "price": lazy_gettext("Price"),
    "currency": lazy_gettext("Currency"),
    "recurring": lazy_gettext("Recurring"),
    "billing_cycle": lazy_gettext("Billing cycle"),
    "tax_included": lazy_gettext("Tax included"),
    "tax_rate": lazy_gettext("Tax rate"),
    "prices": lazy_gettext("Further prices"),
    "features": lazy_gettext("Features"),
    "attributes": lazy_gettext("Attributes"),
    "members": lazy_gettext("Products inside"),
    "relations": lazy_gettext("Relations"),
    "lifecycle_status": lazy_gettext("Status"),
    "status_reason": lazy_gettext("Reason of the status"),
    "is_available": lazy_gettext("May be bought"),
    "valid_from": lazy_gettext("Valid from"),
    "valid_to": lazy_gettext("Valid until"),
    "target_segments": lazy_gettext("Segments"),
    "exclude_segments": lazy_gettext("Not for"),
    "min_customer_value": lazy_gettext("Customer value from"),
    "max_customer_value": lazy_gettext("Customer value to"),
    "eligibility_rule": lazy_gettext("Rule"),
    "channels": lazy_gettext("Channels"),
    "business_value": lazy_gettext("Business value"),
    "lever_weight": lazy_gettext("Lever"),
    "points_price": lazy_gettext("Points price"),
    "quota_total": lazy_gettext("Quota"),
    "quota_left": lazy_gettext("Quota left"),
    "max_per_customer": lazy_gettext("Per customer"),
    "cooldown_days": lazy_gettext("Cool-down"),
    "sync_frequency": lazy_gettext("Synced"),
    "sync_state": lazy_gettext("Sync state"),
    "missing_since": lazy_gettext("Missing since"),
    "deleted_at": lazy_gettext("Deleted"),
    "field_locks": lazy_gettext("Fields that are yours"),
}

_PER = {
    "daily": lazy_gettext("/ day"),
    "weekly": lazy_gettext("/ week"),
    "monthly": lazy_gettext("/ month"),
    "quarterly": lazy_gettext("/ quarter"),
    "yearly": lazy_gettext("/ year"),
    "one_time": lazy_gettext("once"),
}


def term(value: str) -> str:
    """Return the word for one of our short strings; one that we do not know is shown as it is."""
    return key_words(value) or value


def key_words(key: str) -> str | None:
    """Return the same, None where it is no short string of ours (core/babel.py)."""
    known = TERMS.get(key)
    return None if known is None else str(known)


def terms(values: Iterable[str]) -> str:
    """Return the words for several, with commas."""
    return ", ".join(map(term, values))


def field_label(path: str) -> str | None:
    """Return what people call a field of a product, None for a field that is none of it.

    A dot leads inside a field: "features.data_mb" is Data, "translations.ar.name" is Name (ar).
    """
    root, _, inside = path.partition(".")
    if not inside or root not in FIELD_LABELS:
        known = FIELD_LABELS.get(path)
        return str(known) if known is not None else None
    if root == "features":
        return feature_label(inside)
    if root == "translations":
        language, _, name = inside.partition(".")
        return str(gettext("%(name)s (%(language)s)", name=field_label(name) or FIELD_LABELS[root], language=language))
    return inside if root == "attributes" else f"{FIELD_LABELS[root]} {inside}"


def field_labels(paths: Iterable[str]) -> str:
    """Return the labels of several fields, with commas."""
    return ", ".join(field_label(path) or path for path in paths)


def feature_label(key: str) -> str:
    """Return the name of a feature; an unknown key is its own name."""
    return str(FEATURE_LABELS.get(key, key))


def check_label(code: str) -> str:
    """Return the name of a check of eligibility."""
    return str(_CHECKS.get(code, code))


def per_cycle(cycle: str) -> str:
    """Return what stands behind a price: "/ month", or "once"."""
    return str(_PER.get(cycle, cycle))


def per_price(price: Mapping[str, Any]) -> str:
    """Return what stands behind one of the further prices; what is paid by use is not paid once."""
    by_use = price["price_type"] == "usage" and price["billing_cycle"] == "one_time"
    return str(gettext("per use")) if by_use else per_cycle(price["billing_cycle"])
