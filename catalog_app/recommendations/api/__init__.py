"""Next best offer and recommendations over JSON."""

from catalog_app.recommendations.api import (
    batch,
    deciding,
    decisions,
    evaluation,
    feedback,
    models,
    recommending,
    settings,
    trainings,
)
from catalog_app.recommendations.api.blueprint import nbo, recommendations

__all__ = (
    "batch",
    "deciding",
    "decisions",
    "evaluation",
    "feedback",
    "models",
    "nbo",
    "recommendations",
    "recommending",
    "settings",
    "trainings",
)
