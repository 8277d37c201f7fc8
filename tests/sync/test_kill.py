"""A sync that is killed leaves the old catalogue or the new one, never a mixture, and the next one completes."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from catalog_app.core.db import engine_options
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.settings import ROOT, Settings
from tests.sync.offerings import offering
from tests.sync.programs import environment_of

# A hundred kills on each database are `make torture`; these few are for every day.
KILLS = 5
PRODUCTS = 300
CHANGED = 100  # a third: below the guard that would hold the plan for a person
NEW = 40  # more with each round


def generation(number: int) -> list[dict[str, object]]:
    """Return the listing after `number` rounds: the first hundred names tell the round, and so does its length."""
    listed = range(PRODUCTS + NEW * number)
    return [offering(row, name=f"Plan {row} of {number if row < CHANGED else 0}") for row in listed]


@pytest.mark.timeout(300)
def test_a_sync_killed_at_random_moments_never_leaves_a_mixed_catalogue(
    xiva: XivaStandin, settings: Settings, tmp_path: Path
) -> None:
    environment = environment_of(settings, xiva, tmp_path)
    chance = random.Random(20261123)  # noqa: S311  # the moments need to differ, not to be secret
    xiva.listing.replace(generation(0))
    seconds = _completed(environment)
    seen: set[str] = set()
    for round_number in range(1, KILLS + 1):
        xiva.listing.replace(generation(round_number))
        # One moment in each seventh of the time, the last after everything was written.
        share = (round_number - 1 + chance.random()) / KILLS
        _killed_run(environment, after=(0.3 + 1.2 * share) * seconds)
        rounds = _rounds_in_catalogue(settings)
        assert len(rounds) == 1, f"the catalogue holds products of the rounds {sorted(rounds)}"
        seen |= rounds
    _completed(environment)

    assert _rounds_in_catalogue(settings) == {str(KILLS)}
    assert _open_runs(settings) == 0, "a killed run was never marked as ended"
    assert _rows(settings, "SELECT id FROM product WHERE version = 0") == [], "what a killed run hid was never swept"
    assert len(seen) > 1, "no killed run had applied its plan: the moments were all too early to prove anything"


def test_a_sync_that_is_told_to_stop_hands_its_run_back_and_the_next_worker_takes_it_up(
    xiva: XivaStandin, settings: Settings, tmp_path: Path
) -> None:
    environment = environment_of(settings, xiva, tmp_path)
    xiva.listing.replace(generation(0))
    xiva.misbehave(Fault.SLOW_PAGES, delay=2)
    process = _start(environment)
    while not _rows(settings, "SELECT id FROM sync_run WHERE status = 'fetching' AND pages > 0"):
        assert process.poll() is None, "the run ended before it could be stopped"
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


def _completed(environment: dict[str, str], *words: str) -> float:
    """Run a sync to its end and return how many seconds it took, the start of the process included."""
    before = os.times().elapsed
    process = _start(environment, *words)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told.decode()
    return os.times().elapsed - before


def _killed_run(environment: dict[str, str], *, after: float) -> None:
    process = _start(environment)
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()


def _open_runs(settings: Settings) -> int:
    return len(_rows(settings, "SELECT id FROM sync_run WHERE finished_at IS NULL"))


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
