"""The training of each night: once a day, at the time that the settings say, and only if something new was told."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.db import db, writing
from catalog_app.recommendations.models import FeedbackEvent, NboSettings, Training
from catalog_app.recommendations.settings import held_settings, settings_row

log = structlog.get_logger()

ACTOR: Final = "system:nightly"
LATE: Final = timedelta(hours=6)
"""Where nobody was there at the time, it is made up for so much later, and then left to the next night."""


def queue_if_due(now: datetime) -> None:
    """Queue the training of this night, unless it was queued already; of all processes that try, one does."""
    if _is_due(db.session(), settings_row(db.session()), now):
        with writing() as session:
            # Whoever else tries waits here, and then finds it queued.
            if _is_due(session, held_settings(session), now):
                training = Training(requested_by=ACTOR, requested_at=now)
                session.add(training)
                session.flush()
                log.info("training requested", training=training.id, by=ACTOR)


def _is_due(session: Session, settings: NboSettings, now: datetime) -> bool:
    if not settings.train_nightly:
        return False
    since = _last_time(settings.train_at, now)
    if now - since > LATE:
        return False
    newest = select(Training.requested_at).order_by(Training.id.desc()).limit(1)
    last = session.scalar(newest)
    if last is not None and last >= since:
        return False
    # Events are numbered as they come in.
    told = session.scalar(select(FeedbackEvent.received_at).order_by(FeedbackEvent.id.desc()).limit(1))
    return told is not None and (last is None or told > last)


def _last_time(train_at: str, now: datetime) -> datetime:
    """Return the newest moment that is not ahead of us and at which a clock in UTC shows this time."""
    today = datetime.combine(now.astimezone(UTC).date(), time.fromisoformat(train_at), UTC)
    return today if today <= now else today - timedelta(days=1)
