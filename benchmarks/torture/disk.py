"""`disk`: the disk fills up while the product is used: what cannot be kept is refused in words, and reading goes on."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from benchmarks.torture.callers import Caller, NoAnswerError, Tally, Told
from benchmarks.torture.ground import Finding, Ground, ground, offering
from benchmarks.torture.load import prepared
from catalog_app.settings import ROOT

MEGABYTES = {"sqlite": 48, "postgresql": 192}
PRODUCTS = 300
LONG = "What it says about this product is long. " * 90
MOST_WRITES = 5_000
READS = (
    "/products/?limit=50", "/products/stats/", "/products/?search=plan", "/products/1/", "/products/available/",
    "/products/changes/?limit=10",
)  # fmt: skip
_BLOCK = b"\0" * 65_536
_RECOVERS_WITHIN = 5.0


def disk(database: str) -> Iterator[Finding]:
    """Fill a small disk of its own to the last byte, under a node of one worker. Needs the right to mount (root)."""
    with (
        _small_disk(MEGABYTES[database]) as folder,
        _temporary_files_in(folder),
        ground(database, _listing(), own_server=True) as there,
    ):
        process = there.start("sync", "run", "xiva", "--wait")
        assert process.wait(timeout=120) == 0, there.told(process)
        _, _, token = prepared(there, 1)
        node = there.node(workers=1, LOG_LEVEL="ERROR")
        writer = _Writer(Caller([node.port], token, Tally(), there.chance))
        assert writer.write().status == HTTPStatus.CREATED
        assert [writer.read(path) for path in READS] == [HTTPStatus.OK] * len(READS)
        filler = folder / "filler"
        _fill(filler)
        refused = writer.until_refused(filler)
        told = refused.json.get("detail", "") if refused else ""
        holds = refused is not None and refused.status == HTTPStatus.INSUFFICIENT_STORAGE and "room" in told
        yield Finding(
            f"disk full, {database}: what cannot be kept", f"{refused and refused.status}: {told}"[:110], holds
        )
        statuses = [writer.read(path) for path in READS * 5]
        bad = sum(status != HTTPStatus.OK for status in statuses)
        yield Finding("... reading goes on", f"{bad} of {len(statuses)} reads refused", not bad)
        told = _exported(there, folder.parent / "exported.csv")
        yield Finding("... also in a process that begins now", told, told.startswith("an export of"))
        filler.unlink()
        seconds = writer.until_taken()
        figure = "never" if seconds is None else f"after {seconds:.1f} s, without a restart"
        yield Finding("... room again: writing goes on", figure, seconds is not None and seconds < _RECOVERS_WITHIN)
        yield _whole(there, writer)


def _exported(there: Ground, path: Path) -> str:
    """Let a process that begins now read everything; its words go past the disk that is full."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "products", "export", str(path)]
    ended = subprocess.run(command, cwd=ROOT, env=there.environment, capture_output=True, check=False)  # noqa: S603  # our own program
    if ended.returncode:
        return ended.stderr.decode()[-200:]
    return f"an export of {path.read_bytes().count(b'PO-'):,} products"


def _listing() -> list[dict[str, object]]:
    return [offering(number) for number in range(PRODUCTS)]


def _whole(there: Ground, writer: "_Writer") -> Finding:
    """Look for what was acknowledged and is not there, for what was refused and is there, and for broken pages."""
    there_now = {name for (name,) in there.rows("SELECT name FROM product WHERE name LIKE 'written %'")}
    lost, kept = writer.taken - there_now, writer.refused & there_now
    if there.engine.dialect.name == "sqlite":
        sound = there.one("PRAGMA integrity_check") == "ok" and not there.rows("PRAGMA foreign_key_check")
    else:
        # Reading every row and every entry of every index is what PostgreSQL offers for this without an extension.
        sound = _reindexed(there)
    figure = f"{len(lost)} of {len(writer.taken)} acknowledged lost, {len(kept)} of {len(writer.refused)} refused kept"
    return Finding(
        f"... nothing is corrupt ({'checked' if sound else 'BROKEN'})", figure, sound and not lost and not kept
    )


def _reindexed(there: Ground) -> bool:
    with there.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        connection.exec_driver_sql(f'REINDEX DATABASE "{name}"')
        connection.exec_driver_sql("VACUUM ANALYZE")
    return True


class _Writer:
    """Makes products that take room, and remembers which were taken."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._number = 0
        self.taken: set[str] = set()
        self.refused: set[str] = set()

    def write(self) -> Told:
        self._number += 1
        name = f"written {self._number}"
        body = {"name": name, "product_type": "data", "price": "1.00", "currency": "SAR", "description": LONG}
        try:
            told = self._caller.ask("POST", "/products/", body)
        except NoAnswerError:
            self.refused.add(name)
            raise
        (self.taken if told.status == HTTPStatus.CREATED else self.refused).add(name)
        return told

    def read(self, path: str) -> int:
        return self._caller.ask("GET", path).status

    def until_refused(self, filler: Path) -> Told | None:
        """Write until the first refusal, and some more; what the database gives back is filled, too."""
        first: Told | None = None
        for _ in range(MOST_WRITES):
            told = self.write()
            if told.status != HTTPStatus.CREATED:
                first = first or told
                if len(self.refused) > 20:  # noqa: PLR2004  # enough to see that they are refused alike
                    return first
            _fill(filler)
        return first

    def until_taken(self) -> float | None:
        begun = time.monotonic()
        while time.monotonic() - begun < 60:  # noqa: PLR2004
            try:
                if self.write().status == HTTPStatus.CREATED:
                    return time.monotonic() - begun
            except NoAnswerError:
                continue
        return None


def _fill(filler: Path) -> None:
    """Write to the disk until it takes not one byte more."""
    with filler.open("ab", buffering=0) as file:
        for size in (len(_BLOCK), 4096, 512, 1):
            try:
                while file.write(_BLOCK[:size]) == size:
                    continue
            except OSError:
                continue


@contextmanager
def _small_disk(megabytes: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "disk"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=1777", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:  # noqa: S603  # our own words
            raise PermissionError("a disk that can be filled needs the right to mount one: run this part as root")
        try:
            yield folder
        finally:
            # Whoever wrote there has ended, or is about to.
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607  # our own words


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    usual, tempfile.tempdir = tempfile.gettempdir(), str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = usual
