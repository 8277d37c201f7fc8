"""When what was not taken is tried again, and when it is given up."""

from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final

DELAYS: Final = (5, 30, 120, 600, 1800, 3600)
"""Seconds before each further try; the last one again and again."""
GIVE_UP_AFTER: Final = timedelta(hours=24)
_JITTER: Final = 0.2
_random: Final = SystemRandom()


def next_try(attempts: int, now: datetime, *, asked: float | None = None) -> datetime:
    """Return when to try again after so many attempts; not sooner than the other side asked for, within a day."""
    usual = DELAYS[min(attempts, len(DELAYS)) - 1] * (1 + _JITTER * _random.random())
    return now + min(timedelta(seconds=max(usual, asked or 0)), GIVE_UP_AFTER)
