"""The lease of an external system: who may write for it now, proved by a number that only rises.

A claim is one conditional UPDATE. A holder keeps its claim alive by heartbeats; one that was frozen or thought
dead finds a higher number when it comes back, and writes nothing.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine, Update, or_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import WRITING
from catalog_app.core.errors import CatalogError
from catalog_app.sync.models import SystemState

log = structlog.get_logger()
BEATS_PER_LEASE = 3


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
    if not _is_dead(system.lease_holder):
        condition &= free
    statement = (
        update(SystemState)
        .where(SystemState.key == key, condition)
        .values(lease_holder=holder(), lease_number=seen + 1, lease_expires_at=now + timedelta(seconds=seconds))
        .execution_options(synchronize_session=False)
    )
    claimed = session.connection().execute(statement).rowcount == 1
    session.expire(system)
    return Claim(key, seen + 1, seconds) if claimed else None


def is_held(system: SystemState, *, now: datetime) -> bool:
    """Return whether somebody alive holds the system."""
    if system.lease_holder is None or system.lease_expires_at is None or system.lease_expires_at <= now:
        return False
    return not _is_dead(system.lease_holder)


def is_alive(system: SystemState, *, now: datetime) -> bool:
    """Return whether the holder is still there, as far as can be told: also one that holds longer than it said.

    For looking only. Who wants to write takes the lease, and a holder that is merely slow loses it.
    """
    return is_held(system, now=now) or _is_neighbour(system.lease_holder)


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
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(engine, claim, stop), name=f"lease-{claim.system}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def holder() -> str:
    """Return a name for this process that a neighbour on the same machine can check for life."""
    return f"{_machine()}:{os.getpid()}:{_started(os.getpid())}"


def _beat(engine: Engine, claim: Claim, stop: threading.Event) -> None:
    while not stop.wait(claim.seconds / BEATS_PER_LEASE):
        try:
            with engine.connect().execution_options(**{WRITING: True}) as connection:
                connection.execute(_extension(claim))
                connection.commit()
        except SQLAlchemyError as error:
            # The next beat tries again; if none gets through, the claim runs out and `hold` refuses the write.
            log.warning("lease not extended", system=claim.system, kind=type(error).__name__)


def _extension(claim: Claim) -> Update:
    mine = (SystemState.key == claim.system, SystemState.lease_number == claim.number)
    return update(SystemState).where(*mine).values(lease_expires_at=utcnow() + timedelta(seconds=claim.seconds))


def _is_dead(name: str | None) -> bool:
    """Return whether the holder is a process of this very machine that has ended.

    A killed run is then taken over at once instead of after its lease. Where this cannot be known, it is False.
    """
    if name is None:
        return False
    machine, pid, started = name.rsplit(":", 2)
    return machine == _machine() and bool(started) and _started(int(pid)) != started


def _is_neighbour(name: str | None) -> bool:
    """Return whether the holder is a process of this very machine that lives."""
    return name is not None and name.rsplit(":", 2)[0] == _machine() and not _is_dead(name)


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        boot = namespace = "unknown"
    return f"{socket.gethostname()}/{boot}/{namespace}"


def _started(pid: int) -> str:
    """Return when a process began, in clock ticks since the machine did; empty where there is no such process.

    The number of a dead process is given out again, its start is not.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the program stands in brackets and may hold spaces; what follows it does not.
    after_name = stat.rpartition(")")[2].split()
    started_field = 19
    return after_name[started_field]
