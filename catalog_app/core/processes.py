"""Which process this is, by a name that a neighbour on the same machine can check for life."""

import os
import socket
from pathlib import Path


def this_process() -> str:
    """Return a name for this process that a neighbour on the same machine can check for life."""
    return f"{_machine()}:{os.getpid()}:{_started(os.getpid())}"


def is_dead(name: str | None) -> bool:
    """Return whether this is a process of this very machine that has ended.

    What a killed process held is then taken over at once instead of after its lease. Where this cannot be known, it is
    False.
    """
    if name is None:
        return False
    machine, pid, started = name.rsplit(":", 2)
    return machine == _machine() and bool(started) and _started(int(pid)) != started


def is_neighbour(name: str | None) -> bool:
    """Return whether this is a process of this very machine that lives."""
    return name is not None and name.rsplit(":", 2)[0] == _machine() and not is_dead(name)


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        boot = namespace = "unknown"
    return f"{socket.gethostname()}/{boot}/{namespace}"


def _started(pid: int) -> str:
    """Return when a process began, in clock ticks since the machine did; empty where there is no such process.

    The number of a dead process is given out again, its start is not.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the program stands in brackets and may hold spaces; what follows it does not.
    after_name = stat.rpartition(")")[2].split()
    started_field = 19
    return after_name[started_field]
