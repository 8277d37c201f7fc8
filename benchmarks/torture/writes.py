"""`writes`: application and database are killed while everybody writes; what was acknowledged is there, once."""

import sys
import time
from collections.abc import Iterator

from benchmarks.torture.ground import Finding, Ground, ground
from benchmarks.torture.load import Load, counted, load
from benchmarks.torture.nodes import Node


def writes(database: str, *, times: int) -> Iterator[Finding]:
    """Kill so many times: on SQLite the application; on PostgreSQL in turn the application, the server, and both."""
    with ground(database, [], own_server=True) as there:
        node = there.node(SCHEDULER_ENABLED="false")
        with load(there, [node]) as everybody:
            for turn in range(times):
                time.sleep(there.chance.uniform(0.5, 2.5))
                _killed(there, node, turn)
            time.sleep(1)
        yield from kept(everybody, f"kill -9 at {times} moments under writes, {database}")
        yield answered(everybody)
        if database == "sqlite":
            sound = there.one("PRAGMA integrity_check")
            yield Finding("... what SQLite says of its file", str(sound), sound == "ok")


def kept(everybody: Load, named: str) -> Iterator[Finding]:
    """Yield for each kind of write what was acknowledged, and what of it is lost or stands twice."""
    for one in counted(everybody):
        figure = f"{one.acknowledged:,} acknowledged, {len(one.lost)} lost, {len(one.doubled)} doubled"
        explain([*one.lost, *one.doubled])
        yield Finding(f"{named}: {one.kind}", figure, one.acknowledged > 0 and not one.lost and not one.doubled)
        named = "..."


def answered(everybody: Load) -> Finding:
    """Return what was answered: good answers, and 503 that says when to come back; nothing else."""
    tally = everybody.tally
    explain(tally.faults)
    figure = f"{tally.answers:,}, of them {len(tally.later):,} 503 with Retry-After; {len(tally.faults)} faults"
    return Finding("... answers", figure, not tally.faults)


def _killed(there: Ground, node: Node, turn: int) -> None:
    hits_server = there.server is not None and turn % 3 > 0
    if not hits_server or turn % 3 == 2:  # noqa: PLR2004  # both
        node.kill()
    if there.server is not None and hits_server:
        there.server.kill()
        there.server.start()
        there.server.ready()
    if not node.is_running:
        node.start()


def explain(what: list[str]) -> None:
    for line in what[:20]:
        print(f"    {line}", file=sys.stderr, flush=True)
