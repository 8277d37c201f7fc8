"""Trainings and model versions as JSON shows them."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.core.json_values import as_json
from catalog_app.recommendations.models import ModelVersion, Training

TRAINING: Final = (
    "id", "status", "requested_by", "requested_at", "until", "started_at", "finished_at", "step", "model_version",
    "outcome",
)  # fmt: skip
MODEL: Final = (
    "version", "status", "reason", "basis", "trained_at", "trained_by", "data_from", "data_until", "customers",
    "impressions", "acceptances", "products", "seconds", "sha256", "size", "activated_at", "activated_by",
)  # fmt: skip


def training_document(training: Training) -> Mapping[str, Any]:
    return {name: as_json(getattr(training, name)) for name in TRAINING}


def model_document(model: ModelVersion, *, whole: bool = False) -> Mapping[str, Any]:
    """Return a version; as a whole with the settings that it was learned with and the figures of its check."""
    shown = {name: as_json(getattr(model, name)) for name in MODEL}
    return {**shown, "settings": model.settings, "metrics": model.metrics} if whole else shown
