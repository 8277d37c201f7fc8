"""A node as in production: granian with its workers, which beat, too. It can be stopped, killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.serving import await_answer, free_port
from catalog_app.settings import ROOT

WORKERS = 3


class Node:
    """One server on a port that stays its own; what its workers say goes to a file."""

    def __init__(self, environment: Mapping[str, str], log: Path, *, workers: int = WORKERS, root: Path = ROOT) -> None:
        self.port = free_port()
        self._environment, self._log, self._workers = dict(environment), log, workers
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to serve, and return once it answers."""
        command = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", str(self._workers), "--blocking-threads", "1", "--workers-kill-timeout", "30", "wsgi:app",
        ]  # fmt: skip
        with self._log.open("ab") as told:
            # A group of their own: a kill has to hit the workers with the one that started them.
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                command, cwd=self._root, env=self._environment, stdout=told, stderr=told, start_new_session=True
            )
        await_answer(self.port)

    def kill(self) -> None:
        """Kill the server and its workers, whatever they are at."""
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> float:
        """Tell it to stop, as a deployment does, and return how many seconds it took."""
        begun = time.monotonic()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=120)
        return time.monotonic() - begun

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def owns(self, process: int) -> bool:
        """Return whether a process is one of this node's."""
        try:
            return self._process is not None and os.getpgid(process) == self._process.pid
        except ProcessLookupError:
            return False

    def told(self) -> str:
        """Return what its processes said."""
        return self._log.read_text(encoding="utf-8", errors="replace")
