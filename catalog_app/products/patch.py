"""From what a client sends to what the rules check: JSON merge patch, the alias, and fields that are ours."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.products.lifecycle import status_for_alias
from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS, JSON_FIELDS

READ_ONLY = frozenset(
    {
        "id", "available_now", "quota_left", "sync_state", "last_synced", "source_updated_at", "missing_since",
        "field_locks", "version", "created_at", "updated_at", "created_by", "updated_by",
    },
)  # fmt: skip
"""Shown to everybody and written by nobody: a client may send back what it read, and these are passed over."""

Fields = Product | Row[Any]
"""A product, or a row with its fields."""

IDENTITY = ("external_system", "external_product_id")


def current_values(product: Fields) -> dict[str, Any]:
    """Return every writable field of a product, as the rules take them."""
    return {field: getattr(product, field) for field in FIELDS}


def merge_patch(target: Any, patch: Any) -> Any:
    """Return `target` changed by a JSON merge patch (RFC 7396): null removes, objects merge, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def patched_values(product: Fields, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the product's writable fields after a merge patch; a field set to null falls back to its default."""
    patch = written_fields(patch, product)
    json_fields = {key: merge_patch(getattr(product, key), value) for key, value in patch.items() if key in JSON_FIELDS}
    values = {**current_values(product), **patch, **json_fields}
    return {key: value for key, value in values.items() if key not in patch or patch[key] is not None}


def written_fields(sent: Mapping[str, Any], product: Fields | None = None) -> dict[str, Any]:
    """Return what of a client's object may be written, with `is_active` turned into the status it stands for.

    For a product that exists, its identity may be repeated but not changed.
    """
    values = {key: value for key, value in sent.items() if key not in READ_ONLY}
    if product is not None:
        for key in IDENTITY:
            if values.pop(key, getattr(product, key)) != getattr(product, key):
                raise RuleError({key: Sentence("A product keeps the identity it was made with.")})
    is_active = values.pop("is_active", None)
    if is_active is not None:
        if not isinstance(is_active, bool):
            raise RuleError({"is_active": Sentence("Choose yes or no.")})
        before = product.lifecycle_status if product else None
        # Who sends back a whole product with only `is_active` changed sends the old status along: the alias counts.
        if values.get("lifecycle_status", before) == before:
            values["lifecycle_status"] = status_for_alias(before or "in_design", is_active=is_active)
    return values
