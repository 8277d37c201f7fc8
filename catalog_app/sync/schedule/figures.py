"""What a monitoring system is told of the schedule: when anybody last beat, and how often a system has failed in a row."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, select

from catalog_app.core.db import db
from catalog_app.core.metrics import Sample
from catalog_app.sync.models import SystemSchedule
from catalog_app.sync.schedule import beats

_BEAT: Final = ("catalog_scheduler_last_beat_timestamp_seconds", "When any process last looked for what is due.")
_FAILURES: Final = ("catalog_sync_failures_in_a_row", "Scheduled runs that have failed since the last that did not.")


class ScheduleFigures:
    """Reads the figures from the database: they are the same whichever worker is asked."""

    def samples(self) -> Iterator[Sample]:
        session = db.session()
        if (last := beats.last(session)) is not None:
            yield Sample(*_BEAT, {}, last.timestamp())
        failures = select(SystemSchedule.external_system, func.max(SystemSchedule.failures))
        for system, count in session.execute(failures.group_by(SystemSchedule.external_system)):
            yield Sample(*_FAILURES, {"system": system}, count)
