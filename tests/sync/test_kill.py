"""A sync that is killed leaves the old catalogue or the new one, never a mixture, and the next one completes."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from catalog_app.core.db import engine_options
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.settings import ROOT, Settings
from tests.support.databases import SECRET_KEY
from tests.sync.conftest import PASSWORD
from tests.sync.offerings import offering

KILLS = 20
PRODUCTS = 300
CHANGED = 100  # a third: below the guard that would hold the plan for a person


def generation(number: int) -> list[dict[str, object]]:
    """Return the listing after `number` rounds of changes: the first hundred names tell the round."""
    return [offering(row, name=f"Plan {row} of {number if row < CHANGED else 0}") for row in range(PRODUCTS)]


@pytest.mark.timeout(300)
def test_a_sync_killed_at_twenty_random_moments_never_leaves_a_mixed_catalogue(
    xiva: XivaStandin, settings: Settings, tmp_path: Path
) -> None:
    environment = _environment(settings, xiva, tmp_path)
    chance = random.Random(20261123)  # noqa: S311  # the moments need to differ, not to be secret
    xiva.listing.replace(generation(0))
    seconds = _completed_run(environment)
    seen: set[str] = set()
    for round_number in range(1, KILLS + 1):
        xiva.listing.replace(generation(round_number))
        _killed_run(environment, after=chance.uniform(0.3, 1.05) * seconds)
        rounds = _rounds_in_catalogue(settings)
        assert len(rounds) == 1, f"the catalogue holds products of the rounds {sorted(rounds)}"
        seen |= rounds
    _completed_run(environment)

    assert _rounds_in_catalogue(settings) == {str(KILLS)}
    assert len(seen) > 1, "no killed run had applied its plan: the moments were all too early to prove anything"


def _environment(settings: Settings, xiva: XivaStandin, tmp_path: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")},
        "CATALOG_DATABASE_URL": settings.database_url.get_secret_value(),
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(tmp_path),
        "CATALOG_ALLOW_LOOPBACK_SOURCES": "true",
        "CATALOG_XIVA_BASE_URL": xiva.base_url,
        "CATALOG_XIVA_USERNAME": xiva.username,
        "CATALOG_XIVA_PASSWORD": PASSWORD,
    }


def _start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "sync", "run", "xiva", "--wait"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)


def _completed_run(environment: dict[str, str]) -> float:
    """Run a sync to its end and return how many seconds it took, the start of the process included."""
    before = os.times().elapsed
    process = _start(environment)
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


def _rounds_in_catalogue(settings: Settings) -> set[str]:
    engine = create_engine(settings.sqlalchemy_url, **engine_options(settings.sqlalchemy_url))
    with engine.connect() as connection:
        names = connection.execute(text("SELECT external_product_id, name FROM product")).all()
    engine.dispose()
    assert len(names) == PRODUCTS
    return {name.rsplit(" ", 1)[1] for external_id, name in names if int(external_id[3:]) < CHANGED}
