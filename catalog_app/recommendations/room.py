"""The room of recommendations as the application takes it in."""

from flask import Flask

from catalog_app.contacts.erasing import Erasure
from catalog_app.core.jobs import Backlog
from catalog_app.core.metrics import MetricSource
from catalog_app.core.retention import Keeping, Retention
from catalog_app.core.waiting_figures import Waiting
from catalog_app.core.wiring import provide
from catalog_app.events.diffs import ValueWords
from catalog_app.recommendations import api, views
from catalog_app.recommendations import models as _tables  # noqa: F401  # the tables exist whoever asks for them first
from catalog_app.recommendations.decisions import counting as _counts  # noqa: F401  # told as 0 until one is made
from catalog_app.recommendations.decisions import erasing as decision_erasing
from catalog_app.recommendations.decisions import retention as decision_retention
from catalog_app.recommendations.feedback import erasing, retention
from catalog_app.recommendations.history_words import value_words
from catalog_app.recommendations.models import QUEUED, Training
from catalog_app.recommendations.training.figures import LearningFigures
from catalog_app.recommendations.training.service import JOB, TrainingBacklog


def init_app(app: Flask) -> None:
    """Register the pages, the API and the work of this room."""
    app.register_blueprint(views.bp)
    app.register_blueprint(views.settings_bp)
    app.register_blueprint(api.nbo)
    app.register_blueprint(api.recommendations)
    provide(app, Erasure, erasing.erase)
    provide(app, Retention, retention.purge)
    provide(app, Keeping, retention.due)
    provide(app, Erasure, decision_erasing.erase)
    provide(app, Retention, decision_retention.purge)
    provide(app, Keeping, decision_retention.due)
    provide(app, Backlog, TrainingBacklog())
    provide(app, MetricSource, LearningFigures())
    provide(app, MetricSource, Waiting(JOB, Training.requested_at, Training.status == QUEUED))
    provide(app, ValueWords, value_words)
