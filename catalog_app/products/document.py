"""A product as JSON shows it: the same document at every door."""

from datetime import datetime
from typing import Any

from catalog_app.core.json_values import as_json
from catalog_app.products.eligibility import available_now
from catalog_app.products.models import Product
from catalog_app.products.systems import SystemFacts

FIELDS = (
    "id", "external_system", "external_product_id", "name", "short_name", "description", "translations",
    "product_type", "payment_mode", "category", "price", "currency", "recurring", "billing_cycle", "tax_included",
    "tax_rate", "prices", "features", "attributes", "members", "lifecycle_status", "status_reason", "is_active",
    "is_available", "valid_from", "valid_to", "relations", "target_segments", "exclude_segments",
    "min_customer_value", "max_customer_value", "eligibility_rule", "channels", "business_value", "lever_weight",
    "points_price", "quota_total", "max_per_customer", "cooldown_days", "sync_frequency", "sync_state",
    "source_updated_at", "missing_since", "field_locks", "version", "created_at", "updated_at", "created_by",
    "updated_by", "quota_left",
)  # fmt: skip
ALL_FIELDS = (*FIELDS, "available_now", "last_synced")
"""Every field of a document: those that a column or property holds, and those that more than it decides."""


def document(product: Product, *, now: datetime, system: SystemFacts | None) -> dict[str, Any]:
    """Return the whole product as JSON values; `available_now` is decided at `now`."""
    shown = {field: as_json(getattr(product, field)) for field in FIELDS}
    shown["available_now"] = available_now(product, now)
    shown["last_synced"] = as_json(last_synced(product, system))
    return shown


def last_synced(product: Product, system: SystemFacts | None) -> datetime | None:
    """Return when a complete run last saw the product.

    A run does not write products that did not change, so the system's last complete run speaks for them;
    a product that is missing was not seen by it.
    """
    if product.last_synced is None or product.missing_since is not None or system is None:
        return product.last_synced
    return max(product.last_synced, system.last_complete_at or product.last_synced)
