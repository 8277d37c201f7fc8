"""What a person at a terminal is asked before many products change, and what a script never is."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from catalog_app.core.db import db
from catalog_app.demo.standin import XivaStandin
from catalog_app.sync import cli_answers
from catalog_app.sync.models import SyncRun
from catalog_app.sync.service import ProductSyncService
from tests.sync.offerings import offering

Run = Callable[..., Result]
UNDO, APPLY = "Take back run 1 of Xiva: 120 products? [y/N]", "Apply run 2 of Xiva: 60 products? [y/N]"


@pytest.fixture
def run(app: Flask) -> Run:
    def command(*words: str, typed: str = "") -> Result:
        return app.test_cli_runner().invoke(args=["sync", *words], input=typed)

    return command


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_answers, "is_at_a_terminal", lambda: True)


def stored(run_id: int) -> SyncRun:
    db.session.rollback()
    return db.session.get_one(SyncRun, run_id, populate_existing=True)


@pytest.fixture
def applied(app: Flask) -> None:
    ProductSyncService().sync_from_xiva()


@pytest.fixture
def held(applied: None, xiva: XivaStandin) -> None:
    xiva.listing.replace([offering(number) for number in range(60)])
    ProductSyncService().sync_from_xiva()


@pytest.mark.usefixtures("applied", "at_a_terminal")
def test_a_person_who_does_not_say_yes_takes_nothing_back(run: Run) -> None:
    result = run("undo", "1", typed="\n")

    assert result.exit_code == 1
    assert UNDO in result.stderr
    assert stored(1).undone_at is None


@pytest.mark.usefixtures("applied", "at_a_terminal")
def test_a_person_who_says_yes_takes_the_run_back(run: Run) -> None:
    result = run("undo", "1", typed="y\n")

    assert (result.exit_code, result.stderr.count(UNDO)) == (0, 1)
    assert stored(1).undone_at is not None


@pytest.mark.usefixtures("applied", "at_a_terminal")
@pytest.mark.parametrize("flag", ["--yes", "--json"])
def test_a_flag_at_a_terminal_saves_the_question(run: Run, flag: str) -> None:
    result = run("undo", "1", flag)

    assert result.exit_code == 0
    assert "[y/N]" not in result.stderr
    assert stored(1).undone_at is not None


@pytest.mark.usefixtures("held")
def test_a_script_is_asked_nothing(run: Run) -> None:
    result = run("apply", "2")

    assert result.exit_code == 0
    assert "[y/N]" not in result.stderr


@pytest.mark.usefixtures("held", "at_a_terminal")
def test_a_plan_is_applied_once_a_person_says_yes(run: Run) -> None:
    refused = run("apply", "2", typed="n\n")
    assert (refused.exit_code, stored(2).status) == (1, "awaiting_approval")

    agreed = run("apply", "2", typed="y\n")

    assert APPLY in agreed.stderr
    assert (agreed.exit_code, stored(2).status) == (0, "applied")


@pytest.mark.usefixtures("applied", "at_a_terminal")
def test_nobody_is_asked_about_what_cannot_be_done(run: Run) -> None:
    result = run("apply", "1")

    assert result.exit_code == 1
    assert "[y/N]" not in result.stderr
