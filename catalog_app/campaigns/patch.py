"""From what a client sends to what the rules check: JSON merge patch, and fields that are ours."""

from collections.abc import Mapping
from typing import Any

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.schema import FIELDS, JSON_FIELDS
from catalog_app.products.patch import merge_patch

READ_ONLY = frozenset(
    {
        "id", "status", "status_reason", "activated_at", "activated_by", "completed_at", "withdrawn_at",
        "withdrawn_because", "faults", "version", "created_at", "updated_at", "created_by", "updated_by",
        "findings",
    },
)  # fmt: skip
"""Shown to everybody and written by nobody: a client may send back what it read, and these are passed over."""


def current_values(campaign: Campaign) -> dict[str, Any]:
    """Return every writable field of a campaign, as the rules take them."""
    return {field: getattr(campaign, field) for field in FIELDS}


def written_fields(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a client's object may be written."""
    return {key: value for key, value in sent.items() if key not in READ_ONLY}


def patched_values(campaign: Campaign, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the campaign's writable fields after a merge patch; a field set to null falls back to its default."""
    patch = written_fields(patch)
    json_fields = {
        key: merge_patch(getattr(campaign, key), value) for key, value in patch.items() if key in JSON_FIELDS
    }
    values = {**current_values(campaign), **patch, **json_fields}
    return {key: value for key, value in values.items() if key not in patch or patch[key] is not None}
