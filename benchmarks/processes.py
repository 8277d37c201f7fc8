"""What processes have used, as the kernel tells it."""

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_PARENT, _USER, _SYSTEM = 1, 11, 12
"""Places in /proc/PID/stat after the name of the program."""


def cpu_seconds(root: int) -> float:
    """Return the seconds of CPU that a process and all that it has started have used so far."""
    ticks = sum(sum(map(int, (stat[_USER], stat[_SYSTEM]))) for stat in _tree(root))
    return ticks / os.sysconf("SC_CLK_TCK")


def parent_of(process: int) -> int:
    return int(_stat(process)[_PARENT])


def children_of(process: int) -> list[int]:
    """Return the processes that a process has started and that live."""
    return [
        int(entry.name)
        for entry in _PROC.iterdir()
        if entry.name.isdigit() and (stat := _stat(entry.name)) and int(stat[_PARENT]) == process
    ]


def private_bytes(process: int) -> int:
    """Return the memory that a process holds and shares with no other."""
    lines = (_PROC / str(process) / "smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) * 1024


def most_bytes(process: int) -> int | None:
    """Return the most memory that a living process has ever held; None for one that has ended."""
    try:
        lines = (_PROC / str(process) / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


def resident_bytes() -> int:
    """Return the memory that this process holds."""
    pages = int((_PROC / "self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _tree(root: int) -> Iterator[list[str]]:
    stats = {int(entry.name): stat for entry in _PROC.iterdir() if entry.name.isdigit() and (stat := _stat(entry.name))}
    wanted = {root}
    while found := {number for number, stat in stats.items() if int(stat[_PARENT]) in wanted} - wanted:
        wanted |= found
    return (stats[number] for number in wanted if number in stats)


def _stat(process: int | str) -> list[str]:
    try:
        text = (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # The name stands in brackets and may hold spaces.
    return text.rpartition(")")[2].split()
