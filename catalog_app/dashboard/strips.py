"""How each source did on each of the last 30 days: one bar a day, the worst of its runs decides."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.core.daily import axis_until, first_moment
from catalog_app.sync.models import SyncRun
from catalog_app.sync.runs.standing import OUTCOMES, Outcome

Mark = Literal["good", "held", "failed", "none"]
WORST_FIRST: Final[tuple[Outcome, ...]] = ("failed", "held", "good")


@dataclass(frozen=True)
class Bar:
    """One day: what it is marked with, and how many runs of each outcome it had."""

    day: date
    mark: Mark
    counts: Mapping[Outcome, int]


@dataclass(frozen=True)
class Strip:
    """The last 30 days of one system, oldest first."""

    bars: tuple[Bar, ...]

    def count(self, outcome: Outcome) -> int:
        """Return how many runs of these days came out like this."""
        return sum(bar.counts.get(outcome, 0) for bar in self.bars)

    def days(self, mark: Mark) -> int:
        """Return how many days are marked like this."""
        return sum(bar.mark == mark for bar in self.bars)

    @property
    def runs(self) -> int:
        return sum(map(self.count, WORST_FIRST))

    @property
    def good_percent(self) -> float | None:
        return self.count("good") * 100 / self.runs if self.runs else None


def strips(session: Session, keys: Iterable[str], *, now: datetime) -> dict[str, Strip]:
    """Return the strip of each system, made of runs that were meant to apply and got anywhere. One query."""
    day = func.date(SyncRun.finished_at)
    query = (
        select(SyncRun.external_system, day, SyncRun.status, func.count())
        .where(
            SyncRun.finished_at >= first_moment(now),
            SyncRun.status.in_(OUTCOMES),
            SyncRun.dry_run.is_(False),
            SyncRun.started_at.is_not(None),
        )
        .group_by(SyncRun.external_system, day, SyncRun.status)
    )
    found: dict[tuple[str, date], Counter[Outcome]] = {}
    for key, on, status, count in session.execute(query):
        # SQLite answers with text, PostgreSQL with a date.
        found.setdefault((key, date.fromisoformat(str(on))), Counter())[OUTCOMES[status]] += count
    axis = axis_until(now.date())
    return {key: Strip(tuple(_bar(on, found.get((key, on), Counter())) for on in axis)) for key in keys}


def _bar(day: date, counts: Mapping[Outcome, int]) -> Bar:
    mark: Mark = next((outcome for outcome in WORST_FIRST if counts.get(outcome)), "none")
    return Bar(day, mark, counts)
