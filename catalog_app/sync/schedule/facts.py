"""The schedule as pages tell it: when each system is due next, how often, and what keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError
from catalog_app.sync.models import ExternalSystem, SystemSchedule
from catalog_app.sync.schedule.due import is_ready
from catalog_app.sync.schedule.frequencies import words
from catalog_app.sync.systems.sources import all_systems


@dataclass(frozen=True)
class ScheduleFacts:
    """When a system is due. `next_due` is None where nothing is: by hand only, switched off, or not set up.

    It may lie in the past: then a run is about to begin, or the present one has to end first. After failures it is
    the next try, and `reason` says why the last one failed. `own` is how often its products have frequencies of their
    own, in words, beside `words` for the system itself.
    """

    next_due: datetime | None
    words: str
    own: tuple[str, ...] = ()
    failures: int = 0
    reason: str | None = None


def schedule_facts(session: Session) -> Mapping[str, ScheduleFacts]:
    """Return the facts of every system by its key. Two queries."""
    query = select(SystemSchedule).order_by(SystemSchedule.external_system, SystemSchedule.due_at)
    rows = {key: list(found) for key, found in groupby(session.scalars(query), attrgetter("external_system"))}
    return {system.key: _facts(system, rows.get(system.key, [])) for system in all_systems(session)}


def _facts(system: ExternalSystem, rows: list[SystemSchedule]) -> ScheduleFacts:
    said = _words(system.sync_frequency, system)
    if not rows or not is_ready(system):
        return ScheduleFacts(None, said)
    worst = max(rows, key=attrgetter("failures"))
    own = tuple(_words(row.frequency, system) for row in rows if row.frequency != system.sync_frequency)
    return ScheduleFacts(rows[0].due_at, said, own, worst.failures, worst.reason)


def _words(frequency: str, system: ExternalSystem) -> str:
    try:
        return words(frequency, system.time_zone)
    except RuleError:
        return frequency
