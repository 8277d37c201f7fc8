"""A schedule that a test moves through time by hand: every `now` is given, no clock is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog_app.core.db import db, writing
from catalog_app.sync.models import ExternalSystem, SyncRun, SystemSchedule
from catalog_app.sync.schedule.due import claim_due
from catalog_app.sync.schedule.rows import ensure_rows

NOON = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)


@dataclass
class Schedule:
    """What a beat does, one step at a time."""

    def set(self, key: str = "xiva", /, **values: Any) -> None:
        with writing() as session:
            system = session.get_one(ExternalSystem, key)
            for name, value in values.items():
                setattr(system, name, value)

    def ensure(self, now: datetime = NOON) -> None:
        with writing() as session:
            ensure_rows(session, now)

    def claim(self, now: datetime) -> list[SyncRun]:
        with writing() as session:
            return claim_due(session, now)

    def end(self, run: SyncRun, status: str = "applied") -> None:
        with writing() as session:
            ending = session.get_one(SyncRun, run.id)
            ending.status, ending.finished_at = status, NOON

    def rows(self) -> dict[tuple[str, str], SystemSchedule]:
        db.session.rollback()
        found: Sequence[SystemSchedule] = db.session.scalars(
            select(SystemSchedule).execution_options(populate_existing=True)
        ).all()
        return {(row.external_system, row.frequency): row for row in found}

    def due(self, frequency: str, key: str = "xiva") -> datetime:
        return self.rows()[key, frequency].due_at

    def first_due(self, frequency: str = "hourly", **values: Any) -> datetime:
        """Give Xiva a frequency, and return when it is due first."""
        self.set(sync_frequency=frequency, **values)
        self.ensure()
        return self.due(frequency)


@pytest.fixture
def schedule(app: Flask) -> Schedule:
    return Schedule()
