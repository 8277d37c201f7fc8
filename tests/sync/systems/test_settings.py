"""Systems as settings: added, changed, deleted, each with its rules and its line in the history."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError, StaleError
from catalog_app.events.models import Revision
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import ExternalSystem, SyncRun, SystemState
from catalog_app.sync.runs.lease import give_back, take
from catalog_app.sync.service import ProductSyncService
from catalog_app.sync.systems.schema import SystemInput
from catalog_app.sync.systems.setup import setup_of
from catalog_app.sync.systems.sources import ready_config, source_config
from catalog_app.sync.systems.systems import create_system, delete_system, set_enabled, update_system
from tests.support.databases import PostgresDatabase
from tests.sync.systems.conftest import Make, stored

PLAIN = {"label": "BSS East", "preset": "tmf620", "base_url": "https://bss.example/api"}


def faults(**values: Any) -> dict[str, str]:
    with pytest.raises(RuleError) as refused:
        SystemInput.check({**PLAIN, **values})
    return refused.value.errors


def checked(**values: Any) -> SystemInput:
    return SystemInput.check({**PLAIN, **values})


def test_a_new_system_is_read_like_any_other(app: Flask, make: Make) -> None:
    make("east")

    run = ProductSyncService().run("east")

    assert (run.status, run.created) == ("applied", 20)


def test_a_word_of_its_own_table_decides_what_comes_in(app: Flask, make: Make) -> None:
    make("east", tables={"lifecycle_status": {"ACTIVE": "in_test"}})

    ProductSyncService().run("east")

    product = ProductCatalogService().by_identity("east", "PO-1")
    assert product is not None
    assert product.lifecycle_status == "in_test"


def test_every_setting_reaches_the_connector(app: Flask, make: Make) -> None:
    make(
        "east",
        header_prefix="Bearer",
        limits={"attempts": 2, "page_seconds": 5, "run_seconds": 60, "max_rows": 100, "page_size": 10},
        tables={"lifecycle_status": {"sunset": "retired"}},
    )

    config = source_config(stored())

    assert (config.auth_kind, config.header_prefix, config.tables["lifecycle_status"]) == (
        "jwt_login",
        "Bearer",
        {"sunset": "retired"},
    )
    assert (config.limits.attempts, config.limits.page_seconds, config.limits.max_rows) == (2, 5, 100)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"label": "  "}, "label", "Fill this in."),
        ({"preset": "sap"}, "preset", "Choose one of: "),
        ({"params": {"token_path": "a b"}}, "params.token_path", "Use a path of such words"),
        ({"params": {"token_path": "//elsewhere.example/"}}, "params.token_path", "Use a path of such words"),
        ({"base_url": "ftp://bss.example"}, "base_url", "Use a whole address"),
        ({"base_url": "bss.example"}, "base_url", "Use a whole address"),
        ({"base_url": "https://"}, "base_url", "Use a whole address"),
        ({"base_url": "https://bss.example:0/"}, "base_url", "Use a whole address"),
        ({"base_url": "https://bss.example:99999/"}, "base_url", "Use a whole address"),
        ({"base_url": "https://[bss/"}, "base_url", "Use a whole address"),
        ({"base_url": "https://a b.example/"}, "base_url", "Use a whole address"),
        ({"base_url": "https://me:word@bss.example/"}, "base_url", "Leave the user name"),
        ({"base_url": "https://bss.example/?key=1"}, "base_url", "Leave out what begins with ?"),
        ({"base_url": "https://bss.example/#top"}, "base_url", "Leave out what begins with ?"),
        ({"base_url": "https://bss\x00.example/"}, "base_url", "a character that cannot be kept"),
        ({"auth_kind": "magic"}, "auth_kind", "Choose one of: "),
        ({"auth_kind": "session_login"}, "auth_kind", "does not say how"),
        ({"header_prefix": "two words"}, "header_prefix", "Use one word"),
        ({"params": {"nothing": "x"}}, "params.nothing", "This preset has no such parameter."),
        ({"tables": {"nothing": {"a": "b"}}}, "tables.nothing", "This preset has no such table."),
        ({"tables": {"lifecycle_status": {"a": "b"}}}, "tables.lifecycle_status.a", "Choose one of: in_design, "),
        ({"tables": {"lifecycle_status": {"a\x00": "launched"}}}, "tables.lifecycle_status.a\x00", "cannot be kept"),
        ({"limits": {"attempts": 11}}, "limits.attempts", "Use 10 or less."),
        ({"limits": {"attempts": "many"}}, "limits.attempts", "Use a whole number"),
        ({"limits": {"pages": 1}}, "limits.pages", "There is no such field."),
        ({"guards": {"max_change_percent": 101}}, "guards.max_change_percent", "Use 100 or less."),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "Use a time zone by its name"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "Use a time zone by its name"),
        ({"sync_frequency": "often"}, "sync_frequency", ""),
        ({"sync_frequency": "99 * * * *"}, "sync_frequency", ""),
        ({"colour": "red"}, "colour", "There is no such field."),
    ],
)
def test_what_breaks_a_rule_is_told_by_its_field(app: Flask, values: Any, field: str, sentence: str) -> None:
    errors = faults(**values)

    assert list(errors) == [field]
    assert sentence in errors[field]


def test_all_that_is_wrong_is_told_at_once(app: Flask) -> None:
    errors = faults(label="", params={"nothing": "x"}, limits={"attempts": 0})

    assert set(errors) == {"label", "params.nothing", "limits.attempts"}


def test_only_what_differs_from_the_defaults_is_kept(app: Flask) -> None:
    kept = checked(limits={"attempts": "", "max_rows": 5}, tables={"channel": {}}, params={}).stored()

    assert (kept["limits"], kept["tables"], kept["guards"]) == ({"max_rows": 5}, {}, {})


def test_a_cron_expression_in_a_named_zone_is_a_frequency(app: Flask) -> None:
    assert checked(sync_frequency="30 2 * * *", time_zone="Asia/Riyadh").sync_frequency == "30 2 * * *"


@pytest.mark.parametrize("key", ["", "Has Space", "UPPER", "manual", "a" * 51, "-x", "a/b", "a\x00"])
def test_a_key_that_cannot_be_one_is_refused(app: Flask, key: str) -> None:
    with pytest.raises(RuleError) as refused:
        create_system(key, checked(), actor="test")

    assert set(refused.value.errors) == {"key"}


def test_a_key_that_is_taken_is_a_conflict(app: Flask) -> None:
    with pytest.raises(ConflictError, match="already a system xiva"):
        create_system("xiva", checked(), actor="test")


def test_who_saves_second_is_told_who_was_first(app: Flask, make: Make) -> None:
    made = make()
    version, there = made.version, made.base_url
    update_system("east", checked(label="First", base_url=there), expected_version=version, actor="user:lina")

    with pytest.raises(StaleError, match="user:lina changed this system meanwhile"):
        update_system("east", checked(label="Second", base_url=there), expected_version=version, actor="user:omar")

    assert stored().label == "First"


def test_a_change_is_one_version_and_one_line_of_history(app: Flask, make: Make) -> None:
    version = make().version

    update_system(
        "east", checked(label="BSS 2", base_url=stored().base_url), expected_version=version, actor="user:lina"
    )

    last = db.session.query(Revision).order_by(Revision.id.desc()).first()
    assert last is not None
    assert (last.subject_type, last.subject_name, last.version, last.actor) == (
        "external_system",
        "east",
        version + 1,
        "user:lina",
    )
    assert last.changes == {"label": ["BSS East", "BSS 2"]}
    assert "password" in stored().secrets


def test_saving_what_stands_already_writes_nothing(app: Flask, make: Make) -> None:
    made = make()
    update_system("east", checked(base_url=made.base_url), expected_version=made.version, actor="user:lina")

    assert stored().version == made.version
    assert db.session.query(Revision).count() == 1


def test_a_system_that_is_switched_off_is_not_read_by_a_run(app: Flask, make: Make) -> None:
    make()
    set_enabled("east", enabled=False, actor="user:lina")

    with pytest.raises(ConflictError, match="BSS East is switched off"):
        ready_config(stored())


def test_a_system_whose_products_live_is_not_deleted(app: Flask, make: Make) -> None:
    make()
    ProductSyncService().run("east")

    with pytest.raises(ConflictError, match="20 products come from BSS East"):
        delete_system("east", actor="user:lina")


def test_a_system_without_living_products_goes_with_its_runs_and_state(app: Flask, make: Make) -> None:
    make()
    ProductSyncService().run("east", dry_run=True)

    delete_system("east", actor="user:lina")

    db.session.rollback()
    assert db.session.get(ExternalSystem, "east") is None
    assert db.session.get(SystemState, "east") is None
    assert db.session.query(SyncRun).count() == 0
    last = db.session.query(Revision).order_by(Revision.id.desc()).first()
    assert last is not None
    assert (last.action, last.subject_name) == ("deleted", "east")


def test_a_system_is_not_deleted_under_its_run(app: Flask, make: Make) -> None:
    make()
    with writing() as session:
        claim = take(session, "east", seconds=60, now=utcnow())
    assert claim is not None

    with pytest.raises(ConflictError, match="being synced now"):
        delete_system("east", actor="user:lina")

    with writing() as session:
        give_back(session, claim)


def test_what_every_installation_has_is_not_deleted(app: Flask) -> None:
    with pytest.raises(ConflictError, match="belongs to every installation"):
        delete_system("crm", actor="user:lina")


@pytest.mark.parametrize("key", ["nothing", "a\x00", " east"])
def test_a_system_that_is_not_there_is_not_found(app: Flask, make: Make, key: str) -> None:
    make()
    with pytest.raises(NotFoundError):
        update_system(key, checked(), expected_version=None, actor="test")


@pytest.mark.usefixtures("app")
class TestBesideARun:
    @pytest.fixture
    def database_url(self, postgres: PostgresDatabase) -> str:
        """Use PostgreSQL alone: SQLite has one writer at a time, whatever it writes."""
        return postgres.empty()

    def test_settings_are_saved_while_a_run_applies(self, make: Make) -> None:
        """On PostgreSQL a run that applies holds the system's state and rows that point to the system, for minutes."""
        made = make()
        version, planned = made.version, checked(label="Meanwhile", base_url=made.base_url)
        applying = db.engine.connect()
        applying.execute(text("UPDATE system_state SET lease_number = lease_number + 1 WHERE key = 'east'"))
        applying.execute(
            text(
                'INSERT INTO sync_run (external_system, requested_by, requested_at, status, "full", dry_run, cancel_requested,'
                " pages, fetched, bytes, retries, proof, held_because, defaults_taken, created, updated, same, unchanged,"
                " conflicts, rejected, withdrawn, origin, not_due, reordered)"
                " VALUES ('east', 'cli', now(), 'applying', true, false, false, 0, 0, 0, 0, '[]', '[]', '{}', 0, 0, 0, 0, 0, 0, 0,"
                " 'manual', 0, 0)"
            )
        )
        try:
            db.session.execute(text("SET lock_timeout = '2s'"))
            db.session.commit()
            saved = update_system("east", planned, expected_version=version, actor="user:lina")
        finally:
            applying.rollback()
            applying.close()

        assert saved.label == "Meanwhile"


@pytest.mark.usefixtures("app")
class TestWithEnvironment:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {
            "xiva": {"base_url": "https://from.environment/api", "auth_prefix": "JWT", "password": "from outside"},
            "crm": {"preset": "tmf620"},
        }

    def test_the_environment_wins_field_by_field(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XIVA_USER", "catalogue")
        with writing() as session:
            xiva = session.get_one(ExternalSystem, "xiva")
            xiva.base_url, xiva.header_prefix, xiva.label = "https://from.row/", "Bearer", "Our BSS"
            xiva.secrets = {"username": {"env": "XIVA_USER"}, "password": {"env": "NOT_SET_ANYWHERE"}}

        config = source_config(stored("xiva"))

        assert (config.base_url, config.header_prefix) == ("https://from.environment/api", "JWT")
        assert config.secrets == {"username": "catalogue", "password": "from outside"}

    def test_each_setting_says_who_said_it(self) -> None:
        with writing() as session:
            xiva = session.get_one(ExternalSystem, "xiva")
            xiva.secrets = {"username": {"env": "XIVA_USER"}}
            xiva.limits = {"attempts": 2}

        setup = setup_of(stored("xiva"))

        told = {fact.name: (fact.origin, fact.variable) for fact in setup.facts}
        assert told["base_url"] == ("environment", "CATALOG_XIVA_BASE_URL")
        assert told["header_prefix"] == ("environment", "CATALOG_XIVA_AUTH_PREFIX")
        assert told["preset"] == ("settings", "CATALOG_XIVA_PRESET")
        assert told["auth_kind"] == ("preset", "CATALOG_XIVA_AUTH_KIND")
        assert told["password"] == ("environment", "CATALOG_XIVA_PASSWORD")
        assert told["username"] == ("settings", "XIVA_USER")
        assert told["limits.attempts"] == ("settings", None)
        assert told["sync_frequency"] == ("default", None)
        assert not setup.is_configured
        assert "XIVA_USER, which is not set" in str(setup.fault)
