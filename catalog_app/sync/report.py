"""A run and its changes as JSON: the same at every door, commands included."""

from typing import Any

from catalog_app.core.json_values import as_json
from catalog_app.sync.models import APPLIED, SyncChange, SyncRun

_COUNTS = ("fetched", "created", "updated", "unchanged", "conflicts", "rejected", "withdrawn")
_TOLD = (
    "complete",
    *_COUNTS,
    "error",
    "started_at",
    "finished_at",
    "pages",
    "held_because",
    "proof",
    "dry_run",
    "full",
)
_CHANGE = (
    "id", "kind", "external_product_id", "product_id", "name", "field", "reason", "before", "after", "conflicts",
    "source_updated_at",
)  # fmt: skip


def run_document(run: SyncRun) -> dict[str, Any]:
    """Return the run as JSON values. Until it is applied, its counts say what the plan would do.

    `synced_count` is how many products the run left as their source has them: none before it is applied.
    """
    told = {name: as_json(getattr(run, name)) for name in _TOLD}
    synced = run.created + run.updated + run.unchanged if run.status == APPLIED else 0
    return {"id": run.id, "system": run.external_system, "status": run.status, **told, "synced_count": synced}


def change_document(change: SyncChange) -> dict[str, Any]:
    """Return one change of a plan as JSON values; a rejected record shows what its source sent."""
    shown = {name: as_json(getattr(change, name)) for name in _CHANGE}
    return {**shown, "raw": change.raw} if change.kind == "rejected" else shown
