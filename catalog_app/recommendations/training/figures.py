"""What a monitoring system is told of learning: how old the model is that serves, and how trainings ended."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.metrics import Sample
from catalog_app.recommendations.models import TRAINING_STATUSES, ModelVersion, NboSettings, Training

_AGE: Final = ("catalog_nbo_model_age_seconds", "For how long the model that serves has learned nothing new.")
_VERSION: Final = ("catalog_nbo_model_version", "Which model serves; 0 as long as nothing was learned.")
_TRAININGS: Final = ("catalog_nbo_trainings", "Trainings by how they stand.")
_SECONDS: Final = ("catalog_nbo_training_duration_seconds", "How long the training of the newest model took.")


class LearningFigures:
    """Reads the figures from the database: they are the same whichever worker is asked."""

    def samples(self) -> Iterator[Sample]:
        session = db.session()
        serving = select(ModelVersion.version, ModelVersion.trained_at, ModelVersion.basis)
        row = session.execute(serving.join(NboSettings, NboSettings.active_model == ModelVersion.version)).first()
        yield Sample(*_VERSION, {}, 0 if row is None else row.version)
        if row is not None:
            yield Sample(*_AGE, {"basis": row.basis}, (utcnow() - row.trained_at).total_seconds())
        newest = select(ModelVersion.seconds).order_by(ModelVersion.version.desc()).limit(1)
        if (seconds := session.scalar(newest)) is not None:
            yield Sample(*_SECONDS, {}, seconds)
        found = session.execute(select(Training.status, func.count()).group_by(Training.status))
        counts: dict[str, int] = {row[0]: row[1] for row in found}
        for status in TRAINING_STATUSES:
            yield Sample(*_TRAININGS, {"status": status}, counts.get(status, 0))
