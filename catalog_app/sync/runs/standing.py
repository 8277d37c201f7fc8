"""How the external systems stand: what runs now, what waits for a person, and how the last runs went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.sync import models as states
from catalog_app.sync.models import ExternalSystem, SyncRun
from catalog_app.sync.runs.lease import is_alive
from catalog_app.sync.systems.setup import SystemSetup, setup_of
from catalog_app.sync.systems.sources import all_systems

STRIP: Final = 30
_WAITING: Final = "SELECT count(*) FROM sync_run WHERE status = {0}"
Health = Literal["unconfigured", "never", "running", "held", "failed", "deferred", "healthy"]
Outcome = Literal["good", "held", "failed"]

OUTCOMES: Final[dict[str, Outcome]] = {
    states.APPLIED: "good",
    states.AWAITING_APPROVAL: "held",
    states.REJECTED: "held",
    states.SUPERSEDED: "held",
    states.FAILED: "failed",
    states.DEFERRED: "failed",
}
FAILED_OUTCOMES: Final = frozenset(status for status, outcome in OUTCOMES.items() if outcome == "failed")


@dataclass(frozen=True)
class SystemStanding:
    """One external system as pages show it. `recent` are its last runs that were meant to apply, oldest first."""

    system: ExternalSystem
    setup: SystemSetup
    active: SyncRun | None
    recent: tuple[SyncRun, ...]

    @property
    def key(self) -> str:
        return self.system.key

    @property
    def label(self) -> str:
        return self.system.label

    @property
    def last(self) -> SyncRun | None:
        return self.recent[-1] if self.recent else None

    @property
    def waiting(self) -> SyncRun | None:
        """Return the run whose plan waits for a person; newer runs that failed, or read less, leave it standing."""
        return next((run for run in reversed(self.recent) if run.status == states.AWAITING_APPROVAL), None)

    @property
    def failures(self) -> int:
        """Return how many of the last runs failed in a row."""
        return next(
            (count for count, run in enumerate(reversed(self.recent)) if OUTCOMES[run.status] != "failed"),
            len(self.recent),
        )

    @property
    def failing_since(self) -> datetime | None:
        """Return when the first of the failures in a row ended; None where the last run did not fail."""
        return self.recent[-self.failures].finished_at if self.failures else None

    @property
    def last_read(self) -> SyncRun | None:
        """Return the newest of the last runs whose listing was read to some end, so that its counts say something."""
        return next((run for run in reversed(self.recent) if run.complete is not None), None)

    @property
    def is_incomplete(self) -> bool:
        """Return whether the newest listing was not proved complete, so that nothing could be withdrawn."""
        return self.last_read is not None and self.last_read.full and not self.last_read.complete

    @property
    def good_percent(self) -> float | None:
        good = sum(OUTCOMES[run.status] == "good" for run in self.recent)
        return good * 100 / len(self.recent) if self.recent else None

    @property
    def health(self) -> Health:
        if not self.setup.is_configured:
            return "unconfigured"
        if self.active:
            return "running"
        if self.last is None:
            return "never"
        # A plan may wait while newer runs fail: that the source does not answer is what has to be seen first.
        if self.failures:
            return "deferred" if self.last.status == states.DEFERRED else "failed"
        if self.waiting:
            return "held"
        return "healthy"


def standings(session: Session, *, now: datetime) -> list[SystemStanding]:
    """Return how every external system stands. Three queries, however many runs there are."""
    systems = all_systems(session)
    active = {
        run.external_system: run
        for run in session.scalars(select(SyncRun).where(*UNFINISHED).order_by(SyncRun.id))
        if not is_interrupted(run, _of(systems, run.external_system), now=now)
    }
    recent = _recent(session)
    return [
        SystemStanding(
            system=system,
            setup=setup_of(system),
            active=active.get(system.key),
            recent=tuple(run for run in recent if run.external_system == system.key),
        )
        for system in systems
    ]


def waiting_count() -> int:
    """Return how many plans wait for a person. Every page asks this, so it is read past the ORM."""
    return read_connections().read(_waiting)


def _waiting(reader: Reader) -> int:
    return int(reader.value(_WAITING.format(reader.place), (states.AWAITING_APPROVAL,)))


UNFINISHED = (
    SyncRun.finished_at.is_(None),
    SyncRun.status.in_((states.QUEUED, states.FETCHING, states.PLANNED, states.APPLYING)),
)


def is_interrupted(run: SyncRun, system: ExternalSystem, *, now: datetime) -> bool:
    """Return whether the process that carried the run is gone, though the row does not know it yet."""
    if run.finished_at is not None or run.lease_number is None:
        return False
    return system.state.lease_number != run.lease_number or not is_alive(system.state, now=now)


def _of(systems: Sequence[ExternalSystem], key: str) -> ExternalSystem:
    return next(system for system in systems if system.key == key)


def _recent(session: Session) -> Sequence[SyncRun]:
    """Return the last runs of each system that were meant to apply and got anywhere, oldest first."""
    place = func.row_number().over(partition_by=SyncRun.external_system, order_by=SyncRun.id.desc())
    meant = and_(
        SyncRun.status.in_(OUTCOMES),
        SyncRun.dry_run.is_(False),
        SyncRun.started_at.is_not(None),
        SyncRun.finished_at.is_not(None),
    )
    numbered = select(SyncRun.id, place.label("place")).where(meant).subquery()
    run = aliased(SyncRun)
    query = select(run).join(numbered, numbered.c.id == run.id).where(numbered.c.place <= STRIP).order_by(run.id)
    return session.scalars(query).all()
