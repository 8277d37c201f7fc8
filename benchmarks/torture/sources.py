"""`sources`: what a source does wrong costs no product, little memory, and no secret."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.processes import most_bytes
from benchmarks.torture.ground import PASSWORD, Finding, Ground, ground, offering
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.xiva import Shape, XivaStandin
from tests.support.other_host import OtherHost

PRODUCTS = 220
LIES = {
    Fault.EMPTY_LISTING: "an empty catalogue",
    Fault.HALF_LISTING: "half a catalogue",
    Fault.LYING_TOTAL: "a total that is too high",
    Fault.ZERO_TOTAL: "a total of 0",
    Fault.REPEAT_FIRST_PAGE: "the first page twice",
    Fault.IGNORE_OFFSET: "the first page for ever",
}
FLOODS = {
    Fault.GZIP_BOMB: "a gzip bomb of 256 MiB",
    Fault.HUGE_BODY: "a body of 200 MB",
    Fault.ENDLESS_DRIP: "a page that drips for ever",
}
POINTERS = {Fault.REDIRECT: "a redirect to another host", Fault.NEXT_LINK_ELSEWHERE: "a next link to another host"}
MEGABYTES = 50
ATTEMPTS, PAGE_SECONDS, RUN_SECONDS = 2, 3, 15
_SHOWN = "SELECT id, lifecycle_status, is_available, sync_state, missing_since, deleted_at FROM product ORDER BY id"


def sources(database: str) -> Iterator[Finding]:
    """Sync a catalogue, then from the same source while it lies, floods, drips and points elsewhere."""
    with ground(database, [offering(number) for number in range(PRODUCTS)]) as there:
        _sync(there)
        yield from _lies(there)
        yield from _floods(there)
        yield from _pointers(there)


def _lies(there: Ground) -> Iterator[Finding]:
    before = there.rows(_SHOWN)
    assert len(before) == PRODUCTS, "the honest sync did not bring every product"
    for fault, words in LIES.items():
        with _misbehaving(there.source, fault):
            _sync(there)
        gone = sum(row != same for row, same in zip(there.rows(_SHOWN), before, strict=True))
        figure = f"{gone} of {PRODUCTS} withdrawn; the run is {_last(there, 'status')}"
        yield Finding(f"source sends {words}, {there.engine.dialect.name}", figure, gone == 0)
    _sync(there)
    status = _last(there, "status")
    yield Finding("... honest again", f"the run is {status}", status == "applied")


def _floods(there: Ground) -> Iterator[Finding]:
    """Measure a process that syncs from a source which floods it, against one that was answered as usual."""
    _set_limits(there)
    usual = _sync(there)
    for fault, words in FLOODS.items():
        with _misbehaving(there.source, fault):
            most = _sync(there)
        rise, seconds = (most - usual) / 1e6, _seconds(there)
        holds = rise < MEGABYTES and seconds <= RUN_SECONDS + 1 and _last(there, "status") in ("failed", "deferred")
        yield Finding(f"source sends {words}", f"{max(rise, 0):.0f} MB more, ended after {seconds:.1f} s", holds)


def _pointers(there: Ground) -> Iterator[Finding]:
    listing = [offering(number) for number in range(PRODUCTS)]
    with XivaStandin(listing, shape=Shape.RESULTS, password=PASSWORD) as linking, OtherHost() as other:
        there.source = linking
        for fault, words in POINTERS.items():
            linking.misbehave(fault, elsewhere=other.url)
            _sync(there)
            figure = f"{other.callers} requests there, {len(other.brought)} bytes brought"
            holds = not other.callers and _last(there, "status") == "failed"
            yield Finding(f"source sends {words}", figure, holds)


@contextmanager
def _misbehaving(source: XivaStandin, fault: Fault) -> Iterator[None]:
    source.fault = fault
    yield
    source.behave()


def _set_limits(there: Ground) -> None:
    limits = {"attempts": ATTEMPTS, "page_seconds": PAGE_SECONDS, "run_seconds": RUN_SECONDS}
    words = [word for name, value in limits.items() for word in ("--set", f"limits.{name}={value}")]
    process = there.start("systems", "set", "xiva", *words)
    assert process.wait(timeout=60) == 0, there.told(process)


def _sync(there: Ground) -> int:
    """Run a whole sync in a process of its own, and return the most memory that it held."""
    return _most_of(there.start("sync", "run", "xiva", "--full", "--wait"))


def _most_of(process: subprocess.Popen[bytes]) -> int:
    most, until = 0, time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        most = max(most, most_bytes(process.pid) or 0)
        time.sleep(0.01)
    assert process.returncode is not None, "the sync does not end"
    return most


def _last(there: Ground, column: str) -> str:
    return str(there.one(f"SELECT {column} FROM sync_run ORDER BY id DESC LIMIT 1"))  # noqa: S608  # our own words


def _seconds(there: Ground) -> float:
    is_sqlite = there.engine.dialect.name == "sqlite"
    took = (
        "(julianday(finished_at) - julianday(started_at)) * 86400"
        if is_sqlite
        else "extract(epoch FROM finished_at - started_at)"
    )
    return float(_last(there, took))
