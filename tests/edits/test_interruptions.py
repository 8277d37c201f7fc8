"""A process that is killed in the middle leaves nothing half done, and what waits is taken up by whoever beats next."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.edits.lease import PlanLostError, hold, take
from catalog_app.edits.models import BULK, EditPlan
from catalog_app.edits.service import EditService
from catalog_app.edits.states import found_plan, settle_interrupted
from catalog_app.settings import ROOT, Settings
from catalog_app.sync.schedule.heartbeat import Heart
from tests.edits.conftest import LINA, applied, changes_of, planned, product, shelf, undone
from tests.support.databases import SECRET_KEY

RAISE_5 = {"direction": "raise", "percent": "5"}
# Everything is written by then, and nothing is committed.
KILLED = """
    import os, signal, sys
    from catalog_app.app import create_app
    from catalog_app.edits import applying, undoing
    from catalog_app.edits.planning import planner
    from catalog_app.edits.service import EditService
    from catalog_app.settings import load_settings

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    applying.hold = undoing.hold = planner._finish = die
    with create_app(load_settings()).app_context():
        EditService().execute(int(sys.argv[1]))
"""


@pytest.fixture
def heart(app: Flask) -> Iterator[Heart]:
    heart = Heart(app)
    yield heart
    heart._crew.wait(seconds=30)


def as_it_stands(plan: EditPlan) -> EditPlan:
    db.session.rollback()
    return EditService().get(plan.id)


def killed_at_work_on(plan_id: int, settings: Settings, instance: Path) -> None:
    """Let a process of its own do what the plan waits for, and be killed by SIGKILL before the end of it."""
    db.session.remove()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")},
        "CATALOG_DATABASE_URL": settings.database_url.get_secret_value(),
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(instance),
        "CATALOG_SCHEDULER_ENABLED": "false",
    }
    command = [sys.executable, "-c", dedent(KILLED), str(plan_id)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def test_killed_in_the_middle_of_applying_and_of_undoing_nothing_is_half_done(
    app: Flask, settings: Settings, tmp_path: Path, heart: Heart
) -> None:
    numbers = shelf(20, system="xiva")
    plan = planned("price_percent", RAISE_5)
    EditService().apply(plan.id, actor=LINA, enqueue=False)
    killed_at_work_on(plan.id, settings, tmp_path)
    assert {product(number).version for number in numbers} == {1}

    heart.beat()

    waiting = as_it_stands(plan)
    assert waiting.status == "planned"
    assert waiting.error is not None
    assert "ended in the middle" in waiting.error

    assert applied(plan).status == "applied"
    EditService().request_undo(plan.id, actor=LINA, enqueue=False)
    killed_at_work_on(plan.id, settings, tmp_path)
    assert {product(number).version for number in numbers} == {2}

    heart.beat()
    heart._crew.wait(seconds=30)

    assert as_it_stands(plan).undone_at is not None, "an undo that was interrupted is taken up again"
    assert {product(number).price for number in numbers} == {Decimal(10)}


def test_killed_while_planning_the_plan_is_settled_and_made_again(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    shelf(5)
    edits = EditService()
    request = {"action": "category", "values": {"category": "Data"}, "query": ""}
    plan = edits.request(kind=BULK, title="Killed", request=request, actor=LINA, enqueue=False)
    killed_at_work_on(plan.id, settings, tmp_path)

    settle_interrupted(utcnow())

    assert as_it_stands(plan).status == "failed"
    again = edits.execute(edits.replan(plan.id, actor=LINA, enqueue=False).id)
    assert (again.status, again.updated, len(changes_of(again))) == ("planned", 5, 5)


def test_a_plan_whose_job_got_lost_is_taken_up_at_the_next_heartbeat(app: Flask, heart: Heart) -> None:
    shelf(3)
    edits = EditService()
    request = {"action": "category", "values": {"category": "Data"}, "query": ""}
    plan = edits.request(kind=BULK, title="Lost", request=request, actor=LINA, enqueue=False)

    heart.beat()
    heart._crew.wait(seconds=30)
    assert as_it_stands(plan).status == "planned"

    edits.apply(plan.id, actor=LINA, enqueue=False)
    heart.beat()
    heart._crew.wait(seconds=30)
    assert as_it_stands(plan).status == "applied"


@pytest.mark.usefixtures("app")
def test_who_was_thought_dead_and_comes_back_writes_nothing_more() -> None:
    shelf(2)
    plan = planned("price_percent", RAISE_5)
    edits = EditService()
    edits.apply(plan.id, actor=LINA, enqueue=False)
    session = db.session()
    frozen = take(found_plan(session, plan.id), now=utcnow().replace(year=2020))
    session.commit()
    settle_interrupted(utcnow())

    with pytest.raises(PlanLostError):
        hold(db.session(), frozen)
    db.session.rollback()
    undone(applied(plan))
