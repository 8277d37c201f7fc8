"""`ticks`: two nodes of three workers each look at the same due times; each is run exactly once."""

from collections import Counter
from collections.abc import Iterator

from benchmarks.torture.ground import Finding, Ground, ground, needed, offering, until
from benchmarks.torture.nodes import WORKERS

NODES = 2
KEYS = ("xiva", "crm", "billing")
PRODUCTS = 20
PATIENCE = 60.0


def ticks(database: str, *, times: int) -> Iterator[Finding]:
    """Let three systems be due that many times, and count what six workers, served as in production, made of it.

    Their own due times are a week away; each tick puts them into the past, as a clock would.
    """
    listing = [offering(number) for number in range(PRODUCTS)]
    with ground(database, listing, keys=KEYS) as there:
        there.write("UPDATE external_system SET sync_frequency = 'weekly'")
        for _ in range(NODES):
            there.node()
        needed(lambda: there.one("SELECT count(*) FROM system_schedule") == len(KEYS), seconds=PATIENCE)
        late = sum(not _ticked(there, tick) for tick in range(1, times + 1))
        runs = Counter(there.rows("SELECT external_system, status, fetched FROM sync_run"))
        wanted = Counter({(key, "applied", PRODUCTS): times for key in KEYS})
        exact = runs == wanted
        named = f"{NODES} nodes x {WORKERS} workers, {times} ticks of {len(KEYS)} systems, {database}"
        yield Finding(named, f"{sum(runs.values())} runs for {times * len(KEYS)} due times", exact and not late)
        shares = there.rows("SELECT count(*) FROM heartbeat WHERE name LIKE 'beat:%'")[0][0]
        yield Finding("... by how many processes", f"{shares}", shares == NODES * WORKERS)


def _ticked(there: Ground, tick: int) -> bool:
    """Make all due, and wait until all of it has ended; whatever would come twice has time to come meanwhile."""
    there.make_due()
    done = "SELECT count(*) FROM sync_run WHERE finished_at IS NOT NULL"
    return until(lambda: there.one(done) >= tick * len(KEYS) and _is_free(there), seconds=PATIENCE) is not None


def _is_free(there: Ground) -> bool:
    return not there.rows("SELECT 1 FROM system_state WHERE lease_holder IS NOT NULL")
