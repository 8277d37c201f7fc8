"""The lease of an external system: who may write for it now, proved by a number that only rises.

A claim is one conditional UPDATE. A holder keeps its claim alive by heartbeats; one that was frozen or thought
dead finds a higher number when it comes back, and writes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, Update, or_, update
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.errors import CatalogError
from catalog_app.core.leases import kept_alive
from catalog_app.core.processes import is_dead, is_neighbour, this_process
from catalog_app.sync.models import SystemState


class LeaseLostError(CatalogError):
    """Another run has taken the system over; this one must write nothing more."""


@dataclass(frozen=True)
class Claim:
    """What this process holds: the system, the fencing number, and for how many seconds at a time."""

    system: str
    number: int
    seconds: int


def take(session: Session, key: str, *, seconds: int, now: datetime) -> Claim | None:
    """Claim the system, or return None while somebody alive holds it."""
    system = session.get_one(SystemState, key, populate_existing=True)
    seen = system.lease_number
    free = or_(SystemState.lease_holder.is_(None), SystemState.lease_expires_at <= now)
    condition = SystemState.lease_number == seen
    if not is_dead(system.lease_holder):
        condition &= free
    statement = (
        update(SystemState)
        .where(SystemState.key == key, condition)
        .values(lease_holder=this_process(), lease_number=seen + 1, lease_expires_at=now + timedelta(seconds=seconds))
        .execution_options(synchronize_session=False)
    )
    claimed = session.connection().execute(statement).rowcount == 1
    session.expire(system)
    return Claim(key, seen + 1, seconds) if claimed else None


def is_held(system: SystemState, *, now: datetime) -> bool:
    """Return whether somebody alive holds the system."""
    if system.lease_holder is None or system.lease_expires_at is None or system.lease_expires_at <= now:
        return False
    return not is_dead(system.lease_holder)


def is_alive(system: SystemState, *, now: datetime) -> bool:
    """Return whether the holder is still there, as far as can be told: also one that holds longer than it said.

    For looking only. Who wants to write takes the lease, and a holder that is merely slow loses it.
    """
    return is_held(system, now=now) or is_neighbour(system.lease_holder)


def hold(session: Session, claim: Claim) -> None:
    """Prove inside a transaction that the claim still stands, and extend it; raise LeaseLostError if not.

    Call it last in a long transaction: until it commits, no heartbeat gets through on PostgreSQL.
    """
    if session.connection().execute(_extension(claim)).rowcount != 1:
        raise LeaseLostError(f"Another run has taken {claim.system} over; this one wrote nothing more.")


def give_back(session: Session, claim: Claim) -> None:
    """Free the system, unless somebody else has it by now."""
    session.connection().execute(
        update(SystemState)
        .where(SystemState.key == claim.system, SystemState.lease_number == claim.number)
        .values(lease_holder=None, lease_expires_at=None),
    )


def lay_down(session: Session, claim: Claim) -> None:
    """Free the system so that what still goes on under this claim, in another thread, writes nothing more."""
    session.connection().execute(
        update(SystemState)
        .where(SystemState.key == claim.system, SystemState.lease_number == claim.number)
        .values(lease_holder=None, lease_expires_at=None, lease_number=claim.number + 1),
    )


@contextmanager
def heartbeat(engine: Engine, claim: Claim) -> Iterator[None]:
    """Keep the claim alive from a thread of its own while the block runs; a page may take longer than a lease."""
    with kept_alive(engine, lambda: _extension(claim), seconds=claim.seconds, name=f"lease-{claim.system}"):
        yield


def _extension(claim: Claim) -> Update:
    mine = (SystemState.key == claim.system, SystemState.lease_number == claim.number)
    return update(SystemState).where(*mine).values(lease_expires_at=utcnow() + timedelta(seconds=claim.seconds))
