"""A system that lacks a secret is refused when somebody asks for a run; none is written down that could only fail."""

from typing import Any

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.sync.models import ExternalSystem, SyncRun
from catalog_app.sync.schedule.due import is_ready
from catalog_app.sync.systems.setup import setup_of
from catalog_app.sync.systems.sources import all_systems, ready_config
from tests.support.api import Program
from tests.support.people import signed_in_as
from tests.sync.schedule.conftest import Schedule

WORDS = "Xiva is not configured: the password is not set. Enter it in its settings or set CATALOG_XIVA_PASSWORD."


@pytest.fixture
def settings_overrides(xiva: XivaStandin) -> dict[str, Any]:
    return {"xiva": {"base_url": xiva.base_url, "username": xiva.username}}


def runs() -> int:
    db.session.rollback()
    return db.session.query(SyncRun).count()


def test_a_program_that_asks_for_a_run_without_the_password_set_gets_409_with_words(app: Flask) -> None:
    answer = Program.with_scopes(app, "sync:run").post("/products/sync/", {"external_system": "xiva"})

    assert answer.status_code == 409
    assert WORDS in answer.text
    assert runs() == 0


@pytest.mark.parametrize("wait", [(), ("--wait",)])
def test_the_command_exits_with_1_and_the_message_where_the_password_is_not_set(
    app: Flask, wait: tuple[str, ...]
) -> None:
    result = app.test_cli_runner().invoke(args=["sync", "run", "xiva", *wait])

    assert result.exit_code == 1
    assert f"Error: {WORDS}" in result.stderr
    assert runs() == 0


def test_the_page_refuses_a_run_beside_the_form_where_the_password_is_not_set(app: Flask) -> None:
    answer = signed_in_as(app, "approver").send("/admin/sync/runs", system="xiva", mode="apply")

    assert answer.status_code == 409
    assert WORDS in answer.text
    assert runs() == 0


def test_the_schedule_does_not_claim_a_system_whose_password_is_not_set(app: Flask) -> None:
    schedule = Schedule()
    due = schedule.first_due("hourly")

    assert schedule.claim(due) == []


def test_what_may_be_read_is_exactly_what_is_shown_as_configured(app: Flask) -> None:
    for system in all_systems(db.session()):
        assert is_ready(system) == setup_of(system).is_configured, system.key


def test_two_missing_secrets_are_named_together_in_peoples_words(app: Flask) -> None:
    with writing() as session:
        session.get_one(ExternalSystem, "billing").base_url = "https://billing.example"
    db.session.rollback()
    billing = db.session.get_one(ExternalSystem, "billing", populate_existing=True)
    billing.auth_kind = "oauth2_client_credentials"

    with pytest.raises(
        ConflictError, match=r"the client id and client secret are not set\. Enter them in its settings"
    ):
        ready_config(billing)


def test_the_overview_does_not_count_failures_of_a_system_that_is_not_set_up(app: Flask) -> None:
    now = utcnow()
    with writing() as session:
        failed = SyncRun(external_system="xiva", status="failed", requested_by="schedule", requested_at=now)
        failed.started_at = failed.finished_at = now
        session.add(failed)

    page = signed_in_as(app, "viewer").get("/admin/").text

    assert "Xiva is not configured" in page
    assert "has failed" not in page
    assert "ext try" not in page
