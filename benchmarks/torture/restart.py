"""`restart`: the database is restarted under load; meanwhile programs are told when to come back, and then it goes on."""

import time
from collections.abc import Iterator

from benchmarks.torture.ground import Finding, ground, until
from benchmarks.torture.load import Load, load
from benchmarks.torture.writes import answered, explain, kept

SOON = 2.0
"""Seconds after the database is ready within which an answer has to be good again."""


def restart(*, times: int) -> Iterator[Finding]:
    """Restart PostgreSQL so many times; each time it is away for some seconds."""
    with ground("postgresql", [], own_server=True) as there:
        assert there.server is not None
        node = there.node()
        waits: list[float] = []
        lasts: list[float] = []
        with load(there, [node]) as everybody:
            for _ in range(times):
                time.sleep(2)
                there.server.stop()
                time.sleep(there.chance.uniform(0.5, 4))
                there.server.start()
                ready = there.server.ready()
                until(lambda: _first(everybody, ready) is not None, seconds=30)  # noqa: B023  # looked at now
                time.sleep(1)
                waits.append((_first(everybody, ready) or float("inf")) - ready)
                lasts.append(max((told.told_at - ready for told in everybody.tally.later), default=0.0))
        named = f"database restarted {times} times under load: first good answer"
        yield Finding(named, f"at most {max(waits):.2f} s after it was ready", max(waits) < SOON)
        yield Finding("... the last 503", f"at most {max(lasts):.2f} s after it was ready", max(lasts) < SOON)
        yield answered(everybody)
        broken = [*everybody.tally.broken, *everybody.tally.ended]
        explain(broken)
        yield Finding("... connections that ended without an answer", f"{len(broken)}", not broken)
        yield from kept(everybody, "... what was written meanwhile")


def _first(everybody: Load, since: float) -> float | None:
    return min((told.told_at for told in everybody.tally.good[-2000:] if told.asked_at > since), default=None)
