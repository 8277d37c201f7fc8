"""A process beats on, at its pace, when its clock is put back or forward."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.sync.schedule import beats
from catalog_app.sync.schedule.heartbeat import Heart
from catalog_app.sync.schedule.steady import Pace

PATIENCE = 20


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utcnow(), tick=True) as traveller:
        yield traveller


@pytest.fixture
def beating(app: Flask, clock: time_machine.Traveller) -> Iterator[Heart]:
    heart = Heart(app, every=0.1)
    heart.start()
    yield heart
    heart.stop()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-400), timedelta(days=400)], ids=str)
def test_a_process_beats_on_when_its_clock_jumps(
    beating: Heart, clock: time_machine.Traveller, jump: timedelta
) -> None:
    assert _beats_at(utcnow())

    clock.shift(jump)

    assert _beats_at(utcnow())


def test_what_was_left_out_is_not_counted_up() -> None:
    now, long_ago = datetime.fromisoformat("2026-11-23T12:00:00Z"), datetime.fromisoformat("1970-01-01T00:00:00Z")

    assert timedelta(seconds=4) <= Pace(5).get_next_fire_time(long_ago, now) - now <= timedelta(seconds=6)


def _beats_at(moment: datetime) -> bool:
    """Return whether somebody beats about then, as this process knows it, before long."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        db.session.rollback()
        last = beats.last(db.session())
        if last is not None and abs(last - moment) < timedelta(minutes=1):
            return True
    return False
