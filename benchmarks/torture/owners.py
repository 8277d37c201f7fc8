"""`freeze` and `takeover`: the process that owns a run is stopped, or dies on another machine."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.torture.ground import Finding, Ground, ground, needed, offering, until
from catalog_app.demo.standin.faults import Fault

PRODUCTS = 100
LEASE = 10
# What the other machine is called: its processes cannot be looked for here.
ELSEWHERE = "elsewhere/boot/pid:1:1"


def takeover(database: str) -> Iterator[Finding]:
    """Kill the owner of a run; nobody here can see that it is dead, so its lease has to run out."""
    with _reading(database) as (there, owner, first):
        there.write("UPDATE system_state SET lease_holder = :name WHERE key = 'xiva'", name=ELSEWHERE)
        owner.kill()
        owner.wait()
        there.source.behave()
        taken = until(lambda: _newer(there, first) is not None, seconds=4 * LEASE)
        applied = until(lambda: _newer(there, first) == "applied", seconds=60)
        holds = taken is not None and taken <= 1.5 * LEASE and applied is not None
        figure = "never" if taken is None else f"after {taken:.1f} s, that is {taken / LEASE:.2f} x lease"
        yield Finding(f"owner killed on another machine, taken over, {database}", figure, holds)


def freeze(database: str) -> Iterator[Finding]:
    """Stop the owner for longer than its lease, and let it go on when another has taken over."""
    with _reading(database) as (there, owner, first):
        _frozen(there, owner)
        there.source.behave()
        until(lambda: _newer(there, first) == "applied", seconds=6 * LEASE)
        before = _all(there)
        owner.send_signal(signal.SIGCONT)
        refused = until(lambda: "taken over" in there.told(owner), seconds=30)
        after = _all(there)
        there.make_due()
        again = until(lambda: there.one("SELECT count(*) FROM sync_run WHERE status = 'applied'") >= 2, seconds=60)  # noqa: PLR2004
        status = there.one("SELECT status FROM sync_run WHERE id = :id", id=first)
        holds = refused is not None and before == after and status == "failed" and again is not None
        figure = (
            "refused, nothing of it is here" if holds else f"run is {status}, log {'has' if refused else 'lacks'} it"
        )
        yield Finding(f"frozen owner's late write, {database}", figure, holds)


@contextmanager
def _reading(database: str) -> Iterator[tuple[Ground, subprocess.Popen[bytes], int]]:
    """Start two schedulers and let one of them read a slow source: the ground, that process, and the id of its run."""
    listing = [offering(number) for number in range(PRODUCTS)]
    with ground(database, listing, lease_seconds=LEASE) as there:
        there.write("UPDATE external_system SET sync_frequency = 'weekly' WHERE key = 'xiva'")
        there.source.misbehave(Fault.SLOW_PAGES, delay=3)
        nodes = [there.start("scheduler", "--every", "0.5") for _ in range(2)]
        needed(lambda: bool(there.rows("SELECT 1 FROM system_schedule")), seconds=60)
        there.make_due()
        needed(lambda: bool(there.rows("SELECT 1 FROM sync_run WHERE status = 'fetching'")), seconds=60)
        holder = there.one("SELECT lease_holder FROM system_state WHERE key = 'xiva'")
        owner = next(node for node in nodes if str(node.pid) == holder.rsplit(":", 2)[1])
        yield there, owner, there.one("SELECT max(id) FROM sync_run")


def _frozen(there: Ground, owner: subprocess.Popen[bytes]) -> None:
    """Stop the process while it writes nothing.

    Frozen inside a write transaction it would keep its locks: on SQLite nobody else writes until it goes on or ends.
    That is so for every program that writes to the file, and nothing a lease could mend.
    """
    owner.send_signal(signal.SIGSTOP)
    while there.is_locked():
        owner.send_signal(signal.SIGCONT)
        time.sleep(0.1)
        owner.send_signal(signal.SIGSTOP)


def _newer(there: Ground, first: int) -> str | None:
    """Return how the run that took over stands: one that has the lease, so not one that is only queued."""
    found = there.rows("SELECT status FROM sync_run WHERE id > :id AND status <> 'queued' ORDER BY id", id=first)
    return str(found[0][0]) if found else None


def _all(there: Ground) -> list[str]:
    """Return everything that a late write could change."""
    products = there.rows("SELECT id, version, name, last_synced FROM product ORDER BY id")
    runs = there.rows("SELECT id, status, fetched, finished_at FROM sync_run ORDER BY id")
    changes = there.rows("SELECT id, run_id, kind FROM sync_change ORDER BY id")
    return [str(row) for row in (*products, *runs, *changes)]
