"""Every part of the torture by its name, in the order in which `all` takes them, and how long each takes."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.torture.backups import backup
from benchmarks.torture.bad_requests import bad_requests
from benchmarks.torture.broker import broken_broker
from benchmarks.torture.busy import busy
from benchmarks.torture.clock import clock
from benchmarks.torture.disk import disk
from benchmarks.torture.edits import edits
from benchmarks.torture.endurance import endurance
from benchmarks.torture.ground import DATABASES, Finding
from benchmarks.torture.histories import histories
from benchmarks.torture.kill import kill
from benchmarks.torture.migrating import PRODUCTS, migrations
from benchmarks.torture.names import names
from benchmarks.torture.old_workers import old_workers
from benchmarks.torture.owners import freeze, takeover
from benchmarks.torture.replica import replica
from benchmarks.torture.restart import restart
from benchmarks.torture.sealed import sealed
from benchmarks.torture.sources import sources
from benchmarks.torture.stop import stop
from benchmarks.torture.ticks import ticks
from benchmarks.torture.writes import writes

POSTGRESQL = ("postgresql",)
Run = Callable[[argparse.Namespace], Iterator[Finding]]


@dataclass(frozen=True)
class Part:
    """What is done, and about how many minutes it takes on two cores."""

    run: Run
    minutes: float


def _databases(options: argparse.Namespace, *usual: str) -> tuple[str, ...]:
    if options.database is None:
        return usual
    return DATABASES if options.database == "both" else (options.database,)


def each(run: Callable[[str, argparse.Namespace], Iterator[Finding]], *usual: str) -> Run:
    """Return a part that runs on the databases that were asked for, or on its usual ones."""

    def part(options: argparse.Namespace) -> Iterator[Finding]:
        for database in _databases(options, *usual):
            yield from run(database, options)

    return part


PARTS: dict[str, Part] = {
    "requests": Part(each(lambda database, _: bad_requests(database), *DATABASES), 4),
    "sources": Part(each(lambda database, _: sources(database), *DATABASES), 2),
    "names": Part(lambda _: names(), 2),
    "disk": Part(each(lambda database, _: disk(database), *DATABASES), 2),
    "clock": Part(each(lambda database, _: clock(database), *DATABASES), 6),
    "secrets": Part(each(lambda database, _: sealed(database), *DATABASES), 2),
    "backup": Part(each(lambda database, _: backup(database), *DATABASES), 3),
    "migrations": Part(
        each(lambda database, options: migrations(database, products=options.times or PRODUCTS), *DATABASES), 6
    ),
    "oldworkers": Part(
        each(
            lambda database, options: old_workers(database, revision=options.revision, minutes=options.minutes),
            *DATABASES,
        ),
        4,
    ),
    "takeover": Part(each(lambda database, _: takeover(database), *DATABASES), 1),
    "freeze": Part(each(lambda database, _: freeze(database), *DATABASES), 2),
    "edits": Part(each(lambda database, _: edits(database), *DATABASES), 1),
    "busy": Part(each(lambda database, _: busy(database), "sqlite"), 2),
    "stop": Part(each(lambda database, options: stop(database, times=options.times or 5), *POSTGRESQL), 3),
    "replica": Part(lambda options: replica(times=options.times or 300), 2),
    "broker": Part(each(lambda database, _: broken_broker(database), *POSTGRESQL), 2),
    "restart": Part(lambda options: restart(times=options.times or 5), 2),
    "writes": Part(each(lambda database, options: writes(database, times=options.times or 25), *DATABASES), 6),
    "histories": Part(each(lambda database, options: histories(database, times=options.times or 200), *DATABASES), 6),
    "ticks": Part(each(lambda database, options: ticks(database, times=options.times or 200), *POSTGRESQL), 8),
    "kill": Part(each(lambda database, options: kill(database, times=options.times or 100), *DATABASES), 12),
    "endurance": Part(lambda options: endurance(minutes=options.minutes or 10), 12),
}
