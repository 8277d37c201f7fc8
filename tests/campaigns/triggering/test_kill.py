"""A process that is killed while it triggers leaves all of a call or nothing, and a repeat completes what is missing."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog_app.campaigns.models import Campaign
from catalog_app.contacts.models import Contact
from catalog_app.core.db import db
from catalog_app.products.models import Product
from catalog_app.settings import ROOT, Settings
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import deliveries
from tests.support.databases import SECRET_KEY

KILLS = 3
BATCHES = 10
SIZE = 120


@pytest.mark.timeout(300)
def test_nobody_is_contacted_twice_and_nobody_is_lost_by_kills(app: Flask, settings: Settings, tmp_path: Path) -> None:
    product = offered(quota_total=10 * BATCHES * SIZE)
    campaign = running(product)
    chance = random.Random(20261123)  # noqa: S311  # the moments need to differ, not to be secret
    left = set()
    with _program(settings, tmp_path, campaign.id) as program:
        for _ in range(KILLS):
            program.kill(batches=chance.randrange(3), seconds=chance.random() / 20)
            done = Counter(int((made.customer_id or "")[1:]) // SIZE for made in deliveries(campaign.id))
            assert set(done.values()) <= {SIZE}, "a call was written in part"
            left.add(len(done))
        repeated = program.run()

    assert len(left) > 1, "no kill came while anything was written"
    assert sum(repeated) == max(left) * SIZE, "what was written before a kill was not answered again"
    made = deliveries(campaign.id)
    assert len(made) == len({one.customer for one in made}) == BATCHES * SIZE
    assert {one.status for one in made} == {"waiting"}
    session = db.session()
    assert session.scalar(select(func.count()).select_from(Contact)) == BATCHES * SIZE
    assert session.get_one(Campaign, campaign.id, populate_existing=True).promised == BATCHES * SIZE
    assert session.get_one(Product, product.id, populate_existing=True).quota_left == 9 * BATCHES * SIZE


class _Program:
    """The program of batches.py; each time it is asked it triggers all batches in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self) -> list[int]:
        """Let it do all batches, and return how much of each was there before."""
        self._begin()
        repeated = []
        while (line := self._line())[0] != "ended":
            repeated.append(int(line[1]))
        assert line[1] == "0"
        return repeated

    def kill(self, *, batches: int, seconds: float) -> None:
        """Kill it so long after it has done so many batches that were not done before."""
        number = self._begin()
        new = 0
        while new < batches:
            line = self._line()
            assert line[0] != "ended", "it ended before it could be killed"
            new += line[1] == "0"
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
        os.kill(number, signal.SIGKILL)
        while (line := self._line())[0] != "ended":
            pass
        assert int(line[1]) == signal.SIGKILL

    def _begin(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write("again\n")
        self._process.stdin.flush()
        said, number = self._line()
        assert said == "begun"
        return int(number)

    def _line(self) -> list[str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().split()
        assert line, "the program ended"
        return line


@contextmanager
def _program(settings: Settings, instance: Path, campaign_id: int) -> Iterator[_Program]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")},
        "CATALOG_DATABASE_URL": settings.database_url.get_secret_value(),
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(instance),
        "CATALOG_LOG_LEVEL": "ERROR",
    }
    command = [
        sys.executable, "-m", "tests.campaigns.triggering.batches", str(campaign_id), str(BATCHES), str(SIZE),
    ]  # fmt: skip
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdin=pipe, stdout=pipe) as process:
        yield _Program(process)
