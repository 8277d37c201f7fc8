"""A sync that is killed leaves the old catalogue or the new one, never a mixture, and the next one completes."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from catalog_app.core.db import engine_options
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.settings import ROOT, Settings
from tests.sync.offerings import offering
from tests.sync.programs import environment_of

PRODUCTS = 300
CHANGED = 100  # a third: below the guard that would hold the plan for a person
NEW = 40  # more with each round


def generation(number: int) -> list[dict[str, object]]:
    """Return the listing after `number` rounds: the first hundred names tell the round, and so does its length."""
    listed = range(PRODUCTS + NEW * number)
    return [offering(row, name=f"Plan {row} of {number if row < CHANGED else 0}") for row in listed]


def test_a_sync_that_is_killed_never_leaves_a_mixed_catalogue(
    xiva: XivaStandin, settings: Settings, tmp_path: Path
) -> None:
    """Once while its run is open, once right after it wrote; `make torture` kills a hundred at random moments."""
    environment = environment_of(settings, xiva, tmp_path)
    xiva.listing.replace(generation(0))
    _completed(environment)
    xiva.listing.replace(generation(1))
    _killed_once(environment, lambda: _open_runs(settings))
    assert len(_rounds_in_catalogue(settings)) == 1
    xiva.listing.replace(generation(2))
    _killed_once(environment, lambda: _rounds_in_catalogue(settings) == {"2"})
    xiva.listing.replace(generation(3))
    _completed(environment)

    assert _rounds_in_catalogue(settings) == {"3"}
    assert not _open_runs(settings), "a killed run was never marked as ended"
    assert _rows(settings, "SELECT id FROM product WHERE version = 0") == [], "what a killed run hid was never swept"


def test_a_sync_that_is_told_to_stop_hands_its_run_back_and_the_next_worker_takes_it_up(
    xiva: XivaStandin, settings: Settings, tmp_path: Path
) -> None:
    environment = environment_of(settings, xiva, tmp_path)
    xiva.listing.replace(generation(0))
    xiva.misbehave(Fault.SLOW_PAGES, delay=2)
    process = _start(environment)
    _wait_for(process, lambda: _rows(settings, "SELECT id FROM sync_run WHERE status = 'fetching' AND pages > 0"))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    assert process.returncode == 128 + signal.SIGTERM
    assert _rows(settings, "SELECT status, fetched FROM sync_run") == [("queued", 0)]
    assert _rows(settings, "SELECT id FROM sync_change") == []
    xiva.behave()
    _completed(environment, "due")
    assert _rows(settings, "SELECT status, created FROM sync_run") == [("applied", PRODUCTS)]


def _start(environment: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "sync", *(words or ("run", "xiva", "--wait"))]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)


def _completed(environment: dict[str, str], *words: str) -> None:
    process = _start(environment, *words)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told.decode()


def _killed_once(environment: dict[str, str], seen: Callable[[], object]) -> None:
    process = _start(environment)
    _wait_for(process, seen)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def _wait_for(process: subprocess.Popen[bytes], seen: Callable[[], object]) -> None:
    while not seen():
        assert process.poll() is None, "the run ended before it was seen"
        # To look without a pause would take from the process what it needs to get there.
        time.sleep(0.01)


def _open_runs(settings: Settings) -> set[int]:
    return {row.id for row in _rows(settings, "SELECT id FROM sync_run WHERE finished_at IS NULL")}


def _rounds_in_catalogue(settings: Settings) -> set[str]:
    names = _rows(settings, "SELECT external_product_id, name FROM product WHERE deleted_at IS NULL")
    rounds = {name.rsplit(" ", 1)[1] for external_id, name in names if int(external_id[3:]) < CHANGED}
    assert len(names) in {PRODUCTS + NEW * int(number) for number in rounds}, "what is new came without what changed"
    return rounds


def _rows(settings: Settings, query: str) -> Sequence[Any]:
    engine = create_engine(settings.sqlalchemy_url, **engine_options(settings.sqlalchemy_url))
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    engine.dispose()
    return rows
