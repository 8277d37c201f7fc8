"""What waits for a person in the room of recommendations: a training that failed, a model that is old or damaged."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.accounts import i_may
from catalog_app.core.babel import in_words
from catalog_app.core.moments import age
from catalog_app.dashboard.needs import Need
from catalog_app.recommendations.models import CANCELLED, DAMAGED, FAILED, ModelVersion, Training
from catalog_app.recommendations.settings import settings_row


def model_needs(session: Session, now: datetime) -> Iterator[Need]:
    """Yield what is wrong with models, the worst first. Nothing is expected of a catalogue that never learned one."""
    yield from _failed(session)
    yield from _damaged(session)
    yield from _old(session, now)


def _failed(session: Session) -> Iterator[Need]:
    ended = select(Training).where(Training.finished_at.is_not(None), Training.status != CANCELLED)
    last = session.scalars(ended.order_by(Training.id.desc()).limit(1)).first()
    if last is not None and last.status == FAILED:
        yield Need(
            "bad", "bang",
            gettext("The last training failed"),
            " ".join((in_words(last.outcome or ""), gettext("What decides now goes on."))).strip(),
            gettext("Look"),
            url_for("recommendations.training", training_id=last.id),
            last.finished_at,
        )  # fmt: skip


def _damaged(session: Session) -> Iterator[Need]:
    damaged = select(ModelVersion).where(ModelVersion.status == DAMAGED).order_by(ModelVersion.version.desc()).limit(1)
    model = session.scalars(damaged).first()
    if model is not None:
        yield Need(
            "bad", "dashed-cross",
            gettext("Model %(number)s is damaged", number=model.version),
            gettext("It can never serve again; the model before it does."),
            gettext("Train anew") if i_may("approver") else gettext("View"),
            url_for("recommendations.models"),
        )  # fmt: skip


def _old(session: Session, now: datetime) -> Iterator[Need]:
    row = settings_row(session)
    model = session.get(ModelVersion, row.active_model) if row.active_model is not None else None
    if model is not None and now - model.trained_at > timedelta(days=row.stale_days):
        yield Need(
            "warn", "clock",
            gettext("Model %(number)s is %(age)s old", number=model.version, age=age(model.trained_at, now)),
            gettext("It decides by what customers did then."),
            gettext("Train anew") if i_may("approver") else gettext("View"),
            url_for("recommendations.models"),
            model.trained_at + timedelta(days=row.stale_days),
        )  # fmt: skip
