"""What products need to know of the external systems; the sync answers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from catalog_app.core.wiring import providers
from catalog_app.products.terms import MANUAL


@dataclass(frozen=True)
class SystemFacts:
    """An external system as pages show it.

    `last_complete_at`: when a complete run last saw all it has. `failed_run`: the number of its last run, where that
    one failed, so that what is here grows old.
    """

    key: str
    label: str
    has_address: bool = False
    last_complete_at: datetime | None = None
    failed_run: int | None = None


@dataclass(frozen=True)
class Waiting:
    """Runs of a sync that wait for a person: how many, and the page that shows all runs."""

    count: int
    url: str


MANUAL_SYSTEM = SystemFacts(MANUAL, "Manual", has_address=True)


class SystemDirectory(Protocol):
    def systems(self) -> Sequence[SystemFacts]:
        """Return the external systems in the order in which people name them."""
        ...


class WaitingRuns(Protocol):
    def waiting(self) -> Waiting:
        """Return what waits for a person."""
        ...


def waiting_runs() -> Waiting | None:
    """Return what waits for a person; None where nothing is synced here."""
    return next((source.waiting() for source in providers(WaitingRuns)), None)


def systems() -> dict[str, SystemFacts]:
    """Return every system a product may come from, by key; the one for people's own products is last."""
    facts = [*(fact for directory in providers(SystemDirectory) for fact in directory.systems()), MANUAL_SYSTEM]
    return {fact.key: fact for fact in facts}
