"""When a failed attempt is made again, and when there is no time left for it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom
from typing import Final

_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


@dataclass(frozen=True)
class Timing:
    """Where time comes from; all of it is handed in, so that a test never waits."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    jitter: Callable[[], float] = field(default=SystemRandom().random)


def backoff(attempt: int, jitter: float) -> float:
    """Return the seconds to wait after the failed attempt number `attempt` (from 1), jitter being in [0, 1)."""
    longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1))
    return longest * (0.5 + jitter / 2)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds a server asks us to wait, from seconds or an HTTP date; None if it says nothing usable."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
