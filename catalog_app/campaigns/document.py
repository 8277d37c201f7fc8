"""A campaign as JSON shows it: the same document at every door."""

from datetime import datetime
from typing import Any, Final

from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.models import Campaign
from catalog_app.core.json_values import as_json

FIELDS: Final = (
    "id", "name", "description", "owner", "status", "status_reason", "trigger_event", "product_id", "use_nbo",
    "candidates", "product_config", "audience", "starts_at", "ends_at", "channels", "messages", "fallback_language",
    "sender", "sender_config", "quiet_from", "quiet_to", "on_withdrawal", "limit_per_customer", "limit_total",
    "cooldown_days", "decline_days", "control_group_percent", "activated_at", "activated_by",
    "completed_at", "withdrawn_at", "withdrawn_because", "faults", "version", "created_at", "updated_at", "created_by",
    "updated_by",
)  # fmt: skip


def document(campaign: Campaign, *, now: datetime) -> dict[str, Any]:
    """Return the whole campaign as JSON values; its status is the one that the clock gives it.

    What moves without a new version, such as how many were promised, is not among it (see its results): the version
    is the entity tag.
    """
    shown = {field: as_json(getattr(campaign, field)) for field in FIELDS}
    shown["status"] = status_at(campaign, now)
    return shown
