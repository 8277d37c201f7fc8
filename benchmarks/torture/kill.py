"""`kill`: syncs that are killed at random moments leave the old catalogue or the new one, and nothing stuck."""

import subprocess
import time
from collections.abc import Iterator

from benchmarks.torture.ground import Finding, Ground, ground, needed, offering, until

PRODUCTS = 300
CHANGED = 100  # a third: below the guard that would hold the plan for a person
LEASE = 5
UNDER_WAY = "status IN ('fetching', 'planned', 'applying') AND finished_at IS NULL"


def kill(database: str, *, times: int) -> Iterator[Finding]:
    """Kill that many syncs, the start of the process included in what may be hit, then let one complete."""
    with ground(database, _generation(0), lease_seconds=LEASE) as there:
        _completed(there)
        # Changed as much as every round after it, so that the moments of a kill cover all that a round does.
        there.source.listing.replace(_changed_words())
        seconds = _completed(there)
        mixed, landed = 0, set[str]()
        for round_number in range(1, times + 1):
            there.source.listing.replace(_generation(round_number))
            _killed(there, after=there.chance.uniform(0.4, 1.2) * seconds)
            rounds = _rounds(there)
            mixed += len(rounds) != 1
            landed |= rounds
        yield Finding(f"kill -9 at {times} random moments, {database}", f"{mixed} mixed catalogues", mixed == 0)
        yield Finding("... of which rounds that had been applied", f"{len(landed)}", len(landed) > 1)
        there.source.listing.replace(_generation(times + 1))
        _completed(there)
        stuck = there.one(f"SELECT count(*) FROM sync_run WHERE {UNDER_WAY}")  # noqa: S608  # our own words
        holds = _rounds(there) == {str(times + 1)} and not stuck
        yield Finding("... the next run", "completes" if holds else "does not complete", holds)
        yield from _nothing_stuck(there, seconds)


def _nothing_stuck(there: Ground, seconds: float) -> Iterator[Finding]:
    """Kill one run while it reads, and see that somebody who merely beats settles it within one lease time."""
    process = there.start("sync", "run", "xiva", "--wait")
    until(lambda: bool(there.rows(f"SELECT 1 FROM sync_run WHERE {UNDER_WAY}")), seconds=20 * seconds)  # noqa: S608
    process.kill()
    process.wait()
    scheduler = there.start("scheduler", "--every", "0.5")
    needed(lambda: "beats" in there.told(scheduler), seconds=60)
    settled = until(lambda: not there.rows(f"SELECT 1 FROM sync_run WHERE {UNDER_WAY}"), seconds=4 * LEASE)  # noqa: S608
    figure = "never settled" if settled is None else f"settled after {settled:.1f} s (lease {LEASE} s)"
    holds = settled is not None and settled <= LEASE
    yield Finding("... a killed run, once somebody beats", figure, holds)


def _generation(number: int) -> list[dict[str, object]]:
    """Return the listing after `number` rounds of changes: the first hundred names tell the round."""
    return [offering(row, name=f"Plan {row} of {number if row < CHANGED else 0}") for row in range(PRODUCTS)]


def _changed_words() -> list[dict[str, object]]:
    described = [{**row, "description": "in other words"} for row in _generation(0)]
    return described[:CHANGED] + _generation(0)[CHANGED:]


def _completed(there: Ground) -> float:
    """Run a sync to its end, and return how many seconds it took, the start of the process included."""
    begun = time.monotonic()
    process = there.start("sync", "run", "xiva", "--wait")
    process.wait(timeout=300)
    assert process.returncode == 0, there.told(process)
    return time.monotonic() - begun


def _killed(there: Ground, *, after: float) -> None:
    process = there.start("sync", "run", "xiva", "--wait")
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _rounds(there: Ground) -> set[str]:
    names = there.rows("SELECT external_product_id, name FROM product")
    assert len(names) == PRODUCTS
    return {name.rsplit(" ", 1)[1] for external_id, name in names if int(external_id[3:]) < CHANGED}
