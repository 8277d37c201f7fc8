"""`stop`: a node is told to stop under load while it reads a source; nobody's request breaks, and its run is handed on."""

import time
from collections.abc import Iterator

from benchmarks.torture.ground import Finding, Ground, ground, needed, offering, until
from benchmarks.torture.load import load
from benchmarks.torture.nodes import Node
from benchmarks.torture.writes import answered, explain, kept
from catalog_app.demo.standin.faults import Fault

PRODUCTS = 200
IN_TIME = 30.0


def stop(database: str, *, times: int) -> Iterator[Finding]:
    """Stop the node that reads the source, so many times, each time while everybody reads and writes."""
    with ground(database, [offering(number) for number in range(PRODUCTS)]) as there:
        there.write("UPDATE external_system SET sync_frequency = 'weekly' WHERE key = 'xiva'")
        nodes = [there.node() for _ in range(2)]
        needed(lambda: bool(there.rows("SELECT 1 FROM system_schedule")), seconds=60)
        with load(there, nodes) as everybody:
            rounds = [_stopped(there, nodes) for _ in range(times)]
        longest = max(seconds for seconds, _ in rounds)
        broken = everybody.tally.broken
        explain(broken)
        named = f"SIGTERM {times} times under load, {database}"
        figure = (
            f"{len(broken)} of {everybody.tally.answers:,}; {len(everybody.tally.ended)} sent on another connection"
        )
        yield Finding(f"{named}: broken requests", figure, not broken)
        yield Finding("... the longest stop", f"{longest:.1f} s", longest < IN_TIME)
        handed = sum(was_handed for _, was_handed in rounds)
        yield Finding("... runs that were handed back and ended elsewhere", f"{handed} of {times}", handed == times)
        yield answered(everybody)
        yield from kept(everybody, "... what was written meanwhile")


def _stopped(there: Ground, nodes: list[Node]) -> tuple[float, bool]:
    """Stop the node that reads; return how long that took, and whether its run was ended by the other one."""
    there.source.misbehave(Fault.SLOW_PAGES, delay=3)
    before = there.one("SELECT coalesce(max(id), 0) FROM sync_run")
    there.make_due()
    needed(lambda: bool(there.rows("SELECT 1 FROM sync_run WHERE id > :id AND pages > 0", id=before)), seconds=60)
    run = there.one("SELECT max(id) FROM sync_run")
    holder = there.one("SELECT lease_holder FROM system_state WHERE key = 'xiva'")
    node = next(node for node in nodes if node.owns(int(holder.rsplit(":", 2)[1])))
    seconds = node.stop()
    there.source.behave()
    ended = until(lambda: there.one("SELECT status FROM sync_run WHERE id = :id", id=run) == "applied", seconds=30)
    runs = there.one("SELECT count(*) FROM sync_run WHERE id > :id", id=before)
    node.start()
    time.sleep(1)
    return seconds, ended is not None and runs == 1
