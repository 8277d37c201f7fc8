"""`oldworkers`: the code of before serves on, while the schema is brought up to date beneath it and for a minute after."""

import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.torture.ground import Finding, Ground, ground, offering
from benchmarks.torture.load import counted, load, prepared
from catalog_app.core.schema_version import NEWEST
from catalog_app.settings import ROOT

PRODUCTS = 200
CROWD = 2
MINUTES = 1.0
_WARM = 8.0
_SCHEMA = "catalog_app/core/schema_version.py"
_NEWEST = re.compile(r'^NEWEST: Final = "([0-9a-z_]+)"', re.MULTILINE)
_WRONG = re.compile(r'"level": ?"(?:error|critical)"|Traceback')


def old_workers(database: str, *, revision: str | None, minutes: float | None) -> Iterator[Finding]:
    """Serve with the code of a commit (`--revision`), by default the last whose schema is another than the present one.

    Needs the history of the project: the code is taken from it.
    """
    commit = revision or _last_with_another_schema()
    with TemporaryDirectory() as name, ground(database, [offering(number) for number in range(PRODUCTS)]) as there:
        old = _unpacked(commit, Path(name))
        before = _newest(old)
        ready = prepared(there, CROWD)
        _migrate(there, "downgrade", before)
        node = there.node(root=old)
        with load(there, [node], crowd=CROWD, ready=ready) as everybody:
            tally = everybody.tally
            time.sleep(_WARM)
            seconds = _migrate(there, "upgrade", "head")
            until_then = tally.answers
            time.sleep(60 * (MINUTES if minutes is None else minutes))
        found = counted(everybody)
        lost, doubled = (sum(len(getattr(kind, what)) for kind in found) for what in ("lost", "doubled"))
        for fault in [*tally.faults, *(one for kind in found for one in (*kind.lost, *kind.doubled))][:5]:
            print(f"    {fault}"[:400])
        faults = len(tally.faults) + len(tally.broken) + len(tally.later)
        named = f"workers of {commit[:7]} ({before}) while {NEWEST} comes"
        yield Finding(f"{named}, {database}", f"{until_then:,} answers, upgraded in {seconds:.1f} s", until_then > 0)
        figure = f"{tally.answers - until_then:,} answers, {faults} faults"
        yield Finding("... and on the new schema", figure, not faults and tally.answers > until_then)
        errors = len(_WRONG.findall(node.told()))
        yield Finding("... errors in their log", f"{errors}", not errors)
        yield Finding("... acknowledged writes", f"{lost} lost, {doubled} doubled", not lost and not doubled)


def _last_with_another_schema() -> str:
    """Return the commit before the one that brought the newest migration; the newest of all where that is not in yet."""
    (introduced,) = (_git("log", "--format=%H", "-1", "-S", f'"{NEWEST}"', "--", _SCHEMA).decode().split() or [""])[:1]
    return _git("rev-parse", f"{introduced}^" if introduced else "HEAD").decode().strip()


def _unpacked(commit: str, folder: Path) -> Path:
    """Return the code of a commit, with what is made and never committed."""
    with tarfile.open(fileobj=BytesIO(_git("archive", "--format=tar", commit))) as archive:
        archive.extractall(folder, filter="data")
    (folder / "static" / "vendor").symlink_to(ROOT / "static" / "vendor")
    for compiled in (ROOT / "translations").glob("*/LC_MESSAGES/*.mo"):
        place = folder / compiled.relative_to(ROOT)
        if place.parent.is_dir():
            shutil.copyfile(compiled, place)
    return folder


def _newest(code: Path) -> str:
    found = _NEWEST.search((code / _SCHEMA).read_text(encoding="utf-8"))
    assert found, "the code of that commit does not say which schema it expects"
    return found[1]


def _migrate(there: Ground, way: str, revision: str) -> float:
    begun = time.monotonic()
    process = there.start("db", way, revision)
    assert process.wait(timeout=300) == 0, there.told(process)
    return time.monotonic() - begun


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603, S607  # our own words; wherever git lies
