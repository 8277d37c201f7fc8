"""The folder in which the processes of one machine count together, where PROMETHEUS_MULTIPROC_DIR names one.

Each process counts in files of its own, named by its number. What one that has ended had counted still counts, or
counters would go down; it is added to a file of nobody's, or every process that is ever replaced would leave files to
be read at each scrape. What it held at that moment, such as connections, it holds no more. The first process that finds
nobody alive in the folder empties it: that is a new start, perhaps of a newer version that counts otherwise.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_ENDED: Final = "ended"
"""Stands where the number of a process would in the name of what those that ended have counted."""


def folder() -> Path | None:
    """Return the folder that processes share, None where each tells only of itself."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def begin(shared: Path) -> None:
    """Make the folder ready for this process, before it counts anything; raise OSError where that cannot be."""
    shared.mkdir(parents=True, exist_ok=True)
    with _held(shared):
        # A file of our own number is of one who had it before.
        mine, others = str(os.getpid()), _files(shared)
        if any(_is_alive(_process(file)) for file in others if _process(file) != mine):
            _settle(shared, also=mine)
        else:
            for file in others:
                file.unlink()


def exposition(shared: Path) -> bytes:
    """Return what all processes of the folder have counted, as Prometheus reads it."""
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415  # few need it

    told = CollectorRegistry()
    MultiProcessCollector(told, str(shared))  # type: ignore[no-untyped-call]  # it ships half its types
    # Nobody may settle meanwhile: figures that are just being added to another file would be told twice, or not at all.
    with _held(shared):
        _settle(shared)
        return generate_latest(told)


@contextmanager
def _held(shared: Path) -> Iterator[None]:
    with (shared / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _settle(shared: Path, *, also: str = "") -> None:
    for file in _files(shared):
        process = _process(file)
        if process == _ENDED or (process != also and _is_alive(process)):
            continue
        kind = file.name.partition("_")[0]
        if kind != "gauge" and file.stat().st_size:
            _add(file, to=shared / f"{kind}_{_ENDED}.db")
        file.unlink()


def _add(file: Path, *, to: Path) -> None:
    from prometheus_client.mmap_dict import MmapedDict  # noqa: PLC0415  # few need it

    sums = MmapedDict(str(to))  # type: ignore[no-untyped-call]
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
            sums.write_value(key, sums.read_value(key)[0] + value, 0.0)  # type: ignore[no-untyped-call]
    finally:
        sums.close()  # type: ignore[no-untyped-call]


def _files(shared: Path) -> list[Path]:
    return sorted(shared.glob("*.db"))


def _process(file: Path) -> str:
    """Return what the name of a file says of whose it is: the number of a process, or that it is nobody's."""
    return file.stem.rpartition("_")[2]


def _is_alive(process: str) -> bool:
    if not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
