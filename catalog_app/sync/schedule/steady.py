"""Beating at a steady pace, whatever the clock does.

APScheduler keeps the next time of a job by the wall clock. With the clock put back by an hour nothing would happen for
that hour; with the clock put forward by months it would first count every beat that was left out.
"""

from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

_SPREAD: Final = 0.2
"""By so much of the pace a beat comes sooner or later: processes that began together need not ask together."""
_chance: Final = SystemRandom()


class Pace(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Due so many seconds after it was last looked at, however late that was."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + timedelta(seconds=self._seconds * _chance.uniform(1 - _SPREAD, 1 + _SPREAD))


class SteadyScheduler(BackgroundScheduler):  # type: ignore[misc]  # the library has no types
    """Never waits for longer than twice the pace of its jobs: a wait that is longer shows that the clock was put back."""

    def __init__(self, *, pace: float) -> None:
        super().__init__()
        self._longest = 2 * pace

    def _process_jobs(self) -> float | None:
        wait: float | None = super()._process_jobs()
        if wait is None or wait <= self._longest:
            return wait
        for job in self.get_jobs():
            job.modify(next_run_time=datetime.now(self.timezone))
        return 0.0
