"""How often one caller may ask, counted in memory: so many requests in any stretch of time, a window that moves along."""

import math
import threading
import time
from dataclasses import dataclass
from typing import Final, Protocol

SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
SLOTS: Final = 60
"""Into how many parts a window is cut: what was asked counts for up to one part longer than the window."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> "Rate":
        """Return what "600/minute" says; settings.py has seen to its form."""
        requests, _, unit = text.partition("/")
        return cls(int(requests), SECONDS[unit])


@dataclass(frozen=True, slots=True)
class Quota:
    """What a caller has left. `reset` is in how many seconds the first of what was used up is free again."""

    rate: Rate
    remaining: int
    reset: int
    refused: bool = False

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the fields of the IETF draft "RateLimit header fields for HTTP"."""
        return (
            ("RateLimit-Policy", f'"default";q={self.rate.requests};w={self.rate.seconds}'),
            ("RateLimit", f'"default";r={self.remaining};t={self.reset}'),
        )


class Counter(Protocol):
    """Counts requests of callers."""

    def hit(self, caller: str) -> Quota:
        """Count one more request of this caller, unless that would be too many."""
        ...


@dataclass(slots=True)
class _Book:
    """The requests of one caller, in a ring of parts of the window: the newest part, and the oldest that counts."""

    counts: list[int]
    newest: int
    oldest: int
    total: int = 0

    def turn_to(self, slot: int) -> None:
        """Forget the parts that have left the window; a clock that was put back changes nothing."""
        self.newest = max(self.newest, slot)
        while self.total and self.oldest < self.newest - SLOTS:
            self._leave()
        while self.total and not self.counts[self.oldest % (SLOTS + 1)]:
            self.oldest += 1
        if not self.total:
            self.oldest = self.newest

    def _leave(self) -> None:
        place = self.oldest % (SLOTS + 1)
        self.total -= self.counts[place]
        self.counts[place] = 0
        self.oldest += 1

    def count(self) -> None:
        self.counts[self.newest % (SLOTS + 1)] += 1
        self.total += 1


class MemoryCounter:
    """Counts in this process."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._slot = rate.seconds / SLOTS
        self._books: dict[str, _Book] = {}
        self._lock = threading.Lock()

    def hit(self, caller: str) -> Quota:
        now = time.time()
        slot = int(now / self._slot)
        with self._lock:
            book = self._books.get(caller)
            if book is None:
                book = self._books[caller] = _Book([0] * (SLOTS + 1), slot, slot)
            book.turn_to(slot)
            refused = book.total >= self._rate.requests
            if not refused:
                book.count()
            free_at = (book.oldest + SLOTS + 1) * self._slot
            return Quota(self._rate, self._rate.requests - book.total, max(1, math.ceil(free_at - now)), refused)
