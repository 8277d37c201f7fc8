"""`backup`: taken while everybody writes, and put back elsewhere: every row of a moment that existed."""

import copy
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.torture.contents import columns_of, differing, rows_of
from benchmarks.torture.ground import Finding, Ground, engine_of, ground, offering
from benchmarks.torture.load import Load, counted, load
from catalog_app.core.db import WRITING
from catalog_app.operating.backups.contents import OF_THE_MOMENT
from catalog_app.products.counters import recount
from tests.support.databases import PostgresDatabase, migrate_up

PRODUCTS = 2_000
BACKUPS = 3
CROWD = 3
_BETWEEN = 5.0
_SILENT = 31.0
"""Seconds after which processes that were killed are not taken for living ones."""
_GOES_ON = {"catalogue_version"}
"""Rises with a restore, so that no cache is believed."""
_OF_ITS_WRITER = "part"
"""Under which number a count was written: that of the transaction, on PostgreSQL."""


def backup(database: str) -> Iterator[Finding]:
    """Take backups under load, put each into a database of its own, then one more when all is quiet."""
    with ground(database, [offering(number) for number in range(PRODUCTS)]) as there:
        process = there.start("sync", "run", "xiva", "--wait")
        assert process.wait(timeout=300) == 0, there.told(process)
        node = there.node()
        with load(there, [node], crowd=CROWD) as everybody:
            taken = [_taken(there, everybody, number) for number in range(BACKUPS)]
        node.stop()
        for number, (known, file, seconds) in enumerate(taken):
            with_all = replace(known, there=_restored(there, database, file, f"restored_{number}"))
            found = counted(with_all)
            lost, doubled = (
                [one for kind in found for one in kind.lost],
                [one for kind in found for one in kind.doubled],
            )
            acknowledged = sum(kind.acknowledged for kind in found)
            figure = (
                f"{len(lost)} lost of {acknowledged:,} acknowledged before, {len(doubled)} torn; took {seconds:.1f} s"
            )
            for fault in (*lost, *doubled)[:5]:
                print(f"    {fault}"[:300])
            yield Finding(f"backup {number + 1} under load, restored, {database}", figure, not lost and not doubled)
        yield _quiet(there, database, everybody)


def _quiet(there: Ground, database: str, everybody: Load) -> Finding:
    """Take one more now that nobody writes, and hold every row of every table against what came back."""
    _, file, _ = _taken(there, everybody, BACKUPS)
    back = _restored(there, database, file, f"restored_{BACKUPS}")
    columns = {
        table: [name for name in names if name != _OF_ITS_WRITER]
        for table, names in columns_of(there.engine).items()
        if table not in OF_THE_MOMENT | _GOES_ON
    }
    # Counts lie in several rows, as they came; counted anew they lie in one, as a restore leaves them.
    with there.engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        recount.fill(connection)
    before = rows_of(there.engine, columns)
    differ = differing(before, rows_of(back.engine, columns))
    rows = sum(found.total() for found in before.values())
    told = ", ".join(f"{count} of {table}" for table, count in differ.items()) or f"0 of {rows:,} rows differ"
    return Finding(f"backup when all is quiet, restored, {len(columns)} tables, {database}", told, not differ)


def _taken(there: Ground, everybody: Load, number: int) -> tuple[Load, Path, float]:
    """Take a backup; return with it what had been acknowledged before it began: all of that has to be in it."""
    time.sleep(_BETWEEN)
    known = replace(everybody, writers=[_frozen(writer) for writer in everybody.writers])
    file = there.folder / f"backup-{number}.zip"
    begun = time.monotonic()
    process = there.start("backup", str(file))
    assert process.wait(timeout=300) == 0, there.told(process)
    return known, file, time.monotonic() - begun


def _frozen(writer: Any) -> Any:
    """Return a writer that remembers what it does now, and nothing that comes."""
    kept = copy.copy(writer)
    # Others go on writing to these while they are copied; copying a container is one step of the interpreter.
    vars(kept).update(
        {name: value.copy() for name, value in vars(writer).items() if isinstance(value, dict | set | list)}
    )
    return kept


def _restored(there: Ground, database: str, file: Path, name: str) -> Ground:
    folder = there.folder / name
    folder.mkdir()
    if database == "postgresql":
        url = PostgresDatabase.make(f"torture_{name}", folder).url
    else:
        url = f"sqlite:///{folder / 'restored.db'}"
        migrate_up(url, folder)
    back = Ground(url, folder, there.source, engine_of(url))
    process = back.start("restore", str(file))
    assert process.wait(timeout=300) == 0, back.told(process)
    return back
