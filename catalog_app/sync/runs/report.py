"""A run and its changes as JSON: the same at every door, commands included."""

from collections.abc import Sequence
from typing import Any, Final

from catalog_app.core.json_values import as_json
from catalog_app.products.usage import Usage, for_programs
from catalog_app.sync.models import APPLIED, SyncChange, SyncRun
from catalog_app.sync.runs.changes import diff_of
from catalog_app.sync.runs.reasons import HeldReason, held_reasons

COUNTS: Final = ("fetched", "created", "updated", "unchanged", "conflicts", "rejected", "withdrawn")
_PROMISED: Final = ("complete", *COUNTS, "error", "started_at", "finished_at")
"""What scripts rely on, together with id, system and status; what follows may grow."""
_MORE: Final = (
    "origin", "dry_run", "full", "since", "frequencies", "retry_of", "requested_by", "requested_at", "planned_at",
    "decided_by", "decided_at", "cancel_requested", "pages", "expected_total", "bytes", "retries", "proof",
    "held_because", "defaults_taken", "not_due", "undone_by", "undone_at", "undone",
)  # fmt: skip
SHOWN: Final = (*_PROMISED, *_MORE)
"""The columns of a run that are shown under their own names."""
CHANGE: Final = (
    "id", "kind", "external_product_id", "product_id", "name", "field", "reason", "before", "after", "conflicts",
    "source_updated_at", "undone",
)  # fmt: skip


def run_document(run: SyncRun) -> dict[str, Any]:
    """Return the run as JSON values. Until it is applied, its counts say what the plan would do.

    `synced_count` is how many products the run left as their source has them: none before it is applied.
    `held_because` has a sentence for each guard that holds the plan, `held_by` the same for programs.
    """
    synced = run.created + run.updated + run.unchanged if run.status == APPLIED else 0
    return {
        "id": run.id,
        "system": run.external_system,
        "status": run.status,
        **{name: as_json(getattr(run, name)) for name in SHOWN},
        "held_because": [reason.sentence for reason in held_reasons(run)],
        "held_by": [_for_programs(reason) for reason in held_reasons(run)],
        "seconds": _seconds(run),
        "synced_count": synced,
    }


def no_run(system: str | None, *, run_id: int | None, status: str, error: str) -> dict[str, Any]:
    """Return the document of a run that there is not, because it could not start: the same names as of any other."""
    counts = dict.fromkeys((*COUNTS, "pages", "bytes", "retries", "not_due"), 0)
    run = SyncRun(external_system=system or "", held_because=[], proof=[], dry_run=False, full=False, **counts)
    return {**run_document(run), "id": run_id, "system": system, "status": status, "error": error}


def change_document(change: SyncChange, used_by: Sequence[Usage]) -> dict[str, Any]:
    """Return one change of a plan as JSON values; a rejected record shows what its source sent.

    `used_by` are the live things whose product it takes off sale.
    """
    shown = {name: as_json(getattr(change, name)) for name in CHANGE} | diff_of(change)
    shown["used_by"] = [for_programs(usage) for usage in used_by]
    return {**shown, "raw": change.raw} if change.kind == "rejected" else shown


def _for_programs(reason: HeldReason) -> dict[str, Any]:
    return {"guard": reason.subject, "percent": reason.percent, "limit": reason.limit}


def _seconds(run: SyncRun) -> float | None:
    """Return how long the run took until its plan stood, or else until its end; None before that."""
    until = run.finished_at or run.planned_at
    return round((until - run.started_at).total_seconds(), 3) if until and run.started_at else None
