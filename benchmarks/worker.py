"""What a worker needs before it has answered anything: seconds and memory."""

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.databases import SECRET, application_on, empty_database
from benchmarks.processes import children_of, private_bytes
from benchmarks.serving import served
from catalog_app.settings import ROOT

STARTS = 5
WORKERS = 2
"""So that what two workers share, as they would in production, is not counted as one's own."""


def worker() -> Iterator[tuple[str, str]]:
    """Yield how long a worker takes to start, and the memory that is its own after its first answers."""
    with empty_database("sqlite") as database, application_on(database):
        environment = {
            "CATALOG_DATABASE_URL": database.url,
            "CATALOG_SECRET_KEY": SECRET,
            "CATALOG_INSTANCE_PATH": str(database.folder),
            "CATALOG_SCHEDULER_ENABLED": "false",
        }
        yield "start of a worker, median of 5", f"{median(_starts(environment)):.2f} s"
        with served("wsgi:app", environment, database=None, workers=WORKERS) as server:
            for _ in range(WORKERS * 10):
                server.get("/healthz")
            most = max(private_bytes(process) for process in children_of(server.process))
        yield f"memory of one of {WORKERS} workers that no other has", f"{most / 2**20:.0f} MiB"


def _starts(environment: dict[str, str]) -> Iterator[float]:
    for _ in range(STARTS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environment, check=True)  # ours
        yield time.perf_counter() - begun
