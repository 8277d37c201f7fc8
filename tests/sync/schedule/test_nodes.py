"""Processes of their own on one PostgreSQL: the short version of `python -m benchmarks.torture ticks`."""

import signal
import subprocess

import pytest

from benchmarks.torture.ground import ground, needed, offering

TICKS = 3


@pytest.mark.timeout(90)
def test_two_processes_run_each_due_time_once_and_end_when_they_are_told_to() -> None:
    listing = [offering(number) for number in range(20)]
    with ground("postgresql", listing) as there:
        there.write("UPDATE external_system SET sync_frequency = 'weekly' WHERE key = 'xiva'")
        nodes = [there.start("scheduler", "--every", "0.2") for _ in range(2)]
        needed(lambda: there.one("SELECT count(*) FROM heartbeat WHERE name LIKE 'beat:%'") == len(nodes), seconds=40)
        needed(lambda: bool(there.rows("SELECT 1 FROM system_schedule")), seconds=10)

        for tick in range(1, TICKS + 1):
            there.make_due()
            needed(
                lambda: there.one("SELECT count(*) FROM sync_run WHERE status = 'applied'") >= tick,  # noqa: B023  # looked at now
                seconds=20,
            )

        for node in nodes:
            node.send_signal(signal.SIGTERM)
        assert [_code(node) for node in nodes] == [0, 0]
        assert there.rows("SELECT status, fetched, count(*) FROM sync_run GROUP BY 1, 2") == [("applied", 20, TICKS)]


def _code(process: subprocess.Popen[bytes]) -> int:
    return process.wait(timeout=30)
