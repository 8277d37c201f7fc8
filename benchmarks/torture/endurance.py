"""`endurance`: minutes of everything at once on two nodes and a worker, while nodes are killed and the database restarts."""

import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from benchmarks.serving import free_port
from benchmarks.torture.ground import LONG_AGO, Finding, Ground, ground, needed, offering, until
from benchmarks.torture.load import load
from benchmarks.torture.nodes import Node
from benchmarks.torture.restart import SOON
from benchmarks.torture.writes import answered, kept

KEYS = ("xiva", "crm", "billing")
PRODUCTS = 60
LEASE = 15
KILLED_EVERY = 25.0
"""Seconds between two kills; with each, one node is away until it has started again."""


def endurance(*, minutes: float) -> Iterator[Finding]:
    """Two nodes of three workers and one Celery worker on a fresh PostgreSQL that is restarted once, half-way."""
    with ExitStack() as stack:
        listing = [_offering(number, 0) for number in range(PRODUCTS)]
        there = stack.enter_context(ground("postgresql", listing, keys=KEYS, lease_seconds=LEASE, own_server=True))
        there.write(
            "UPDATE external_system SET sync_frequency = 'weekly', guards = :open", open='{"max_change_percent": 100}'
        )
        there.settings |= {"OUTBOX_LEASE_SECONDS": "120"}
        worker = stack.enter_context(_celery(there))
        nodes = [there.node() for _ in range(2)]
        needed(lambda: there.one("SELECT count(*) FROM system_schedule") == len(KEYS), seconds=60)
        syncs = _Syncs(there)
        with load(there, nodes, crowd=3) as everybody:
            syncs.begin()
            kills, (left, back) = _troubled(there, (*nodes, worker), minutes, syncs.quiet)
            syncs.end()
        named = f"{minutes:g} minutes, {kills} kills of nodes and worker, database away for {back - left:.1f} s once"
        yield from kept(everybody, named)
        took = worker.told().count("sync run started")
        yield Finding("... syncs that the Celery worker began", f"{took}", took > 0)
        yield answered(everybody)
        astray = sum(not left <= told.told_at <= back + SOON for told in everybody.tally.later)
        yield Finding("... 503 while the database was there", f"{astray}", astray == 0)
        yield from syncs.findings()


def _troubled(
    there: Ground, victims: Sequence["Node | _Worker"], minutes: float, quiet: threading.Lock
) -> tuple[int, tuple[float, float]]:
    """Kill all of them in turn and restart the database once; return how many kills, and from when to when it was away."""
    assert there.server is not None
    kills, left, back, begun = 0, 0.0, 0.0, time.monotonic()
    while time.monotonic() - begun < minutes * 60:
        time.sleep(there.chance.uniform(0.6, 1.4) * KILLED_EVERY)
        if not left and time.monotonic() - begun > minutes * 30:
            with quiet:
                left = time.monotonic()
                there.server.stop()
                time.sleep(3)
                there.server.start()
                back = there.server.ready()
            continue
        victim = victims[kills % len(victims)]
        victim.kill()
        kills += 1
        time.sleep(there.chance.uniform(0, 3))
        victim.start()
    return kills, (left, back)


class _Syncs:
    """Makes all systems due again and again, and writes down how often."""

    def __init__(self, there: Ground) -> None:
        # Held by whoever restarts the database: a tick whose commit is in doubt could not be counted.
        self.quiet = threading.Lock()
        self._there = there
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)
        self._ticks = 0
        self._late: list[str] = []

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def findings(self) -> Iterator[Finding]:
        """Yield whether each due time was run to its end once, and whether two runs of a system ever overlapped."""
        statuses = dict(self._there.rows("SELECT status, count(*) FROM sync_run GROUP BY status"))
        applied, wanted = statuses.get("applied", 0), self._ticks * len(KEYS)
        told = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
        exact = applied == wanted and not self._late and not statuses.keys() - {"applied", "failed", "deferred"}
        yield Finding(f"... syncs: {wanted} due times", told, exact)
        together = self._there.one(_TOGETHER)
        yield Finding("... runs of one system at the same time", f"{together}", together == 0)

    def _tick(self) -> None:
        while not self._stop.wait(1):
            self._ticks += 1
            self._there.source.listing.replace([_offering(number, self._ticks) for number in range(PRODUCTS)])
            with self.quiet:
                self._there.make_due()
            if until(self._is_done, seconds=300) is None:
                self._late.append(f"tick {self._ticks}")
                return

    def _is_done(self) -> bool:
        """Return whether every system has been read for this tick.

        One whose reader died twice in a row is put off for longer than this may last, and is made due again.
        """
        with self.quiet:
            self._there.write(_SOONER, past=LONG_AGO)
            rows = self._there.rows(
                "SELECT external_system, count(*) FROM sync_run WHERE status = 'applied' GROUP BY 1"
            )
            held = self._there.rows("SELECT 1 FROM system_state WHERE lease_holder IS NOT NULL")
        return not held and {row[0]: row[1] for row in rows} == dict.fromkeys(KEYS, self._ticks)


_SOONER = """
    UPDATE system_schedule SET due_at = :past WHERE failures > 0 AND due_at > now() + interval '10 seconds'
    AND NOT EXISTS (SELECT 1 FROM sync_run WHERE external_system = system_schedule.external_system
        AND (status = 'queued' OR status IN ('fetching', 'planned', 'applying') AND finished_at IS NULL))
"""
_TOGETHER = """
    SELECT count(*) FROM sync_run a JOIN sync_run b ON a.external_system = b.external_system AND a.id < b.id
    WHERE a.started_at < b.finished_at AND b.started_at < a.finished_at
"""


@contextmanager
def _celery(there: Ground) -> Iterator["_Worker"]:
    """Run a broker and a worker, and let the nodes that are started from now on give their jobs to it."""
    port = free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(there.folder))
    with subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL) as broker:  # noqa: S603, S607  # a package of the machine
        there.settings |= {"JOB_QUEUE": "celery", "BROKER_URL": f"redis://127.0.0.1:{port}/0"}
        try:
            yield _Worker(there)
        finally:
            broker.terminate()


class _Worker:
    """The Celery worker, as in production."""

    def __init__(self, there: Ground) -> None:
        self._there = there
        self._processes: list[subprocess.Popen[bytes]] = []
        self.start()

    def start(self) -> None:
        self._processes.append(self._there.start("worker"))

    def kill(self) -> None:
        self._processes[-1].kill()
        self._processes[-1].wait()

    def told(self) -> str:
        """Return what all of them said, one after the other."""
        return "".join(map(self._there.told, self._processes))


def _offering(number: int, round_number: int) -> dict[str, object]:
    """Return an offering of which a third differs from round to round."""
    return offering(number, name=f"Plan {number} of {round_number if number % 3 == 0 else 0}")
