"""A database that goes away and comes back: a PostgreSQL of its own is stopped and started under the application."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, event, text
from werkzeug.routing import Rule

from benchmarks.torture.ground import Ground, ground, needed
from benchmarks.torture.postgres import OwnPostgres
from catalog_app.accounts import open_to_all
from catalog_app.accounts.roles import SCOPES
from catalog_app.app import create_app
from catalog_app.core import db as db_module
from catalog_app.core.asked import MACHINE_PATHS
from catalog_app.core.db import db
from catalog_app.core.jobs import InProcessQueue
from catalog_app.core.outages import CommitUnansweredError
from catalog_app.core.reader import Reader
from catalog_app.core.write_connections import WriteConnections
from catalog_app.settings import load_settings
from catalog_app.sync.schedule.heartbeat import Heart
from tests.doors.conftest import NEW
from tests.support.api import BASE, Program
from tests.support.clients import Browser
from tests.support.kept_connections import kept
from tests.support.people import HTMX, signed_in_as

SOON = 2.0
NEEDS_NO_DATABASE = {
    "static", "health.healthz", "openapi.document", "openapi.docs", "home", "accounts.login", "metrics",
    # Asked without a parameter that it needs, and HEAD, which takes nothing from the outbox.
    "contacts_api.read_choices", "campaigns_api.outbox",
}  # fmt: skip


@pytest.fixture(scope="module")
def there() -> Iterator[Ground]:
    with ground("postgresql", [], own_server=True) as made:
        yield made


@pytest.fixture
def server(there: Ground) -> Iterator[OwnPostgres]:
    """Return the server of the application, which runs again afterwards whatever the test did to it."""
    assert there.server is not None
    there.server.ready()
    yield there.server
    there.server.ready()


@pytest.fixture
def app(there: Ground, request: pytest.FixtureRequest) -> Iterator[Flask]:
    more = {f"CATALOG_{name}": value for name, value in getattr(request, "param", {}).items()}
    application = create_app(load_settings({**there.environment, "CATALOG_LOG_LEVEL": "ERROR", **more}))
    application.config.update(TESTING=True)
    application.test_client_class = Browser
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def program(app: Flask, server: OwnPostgres) -> Program:
    return Program.with_scopes(app, *SCOPES, name=f"program {time.monotonic_ns()}")


@contextmanager
def away(server: OwnPostgres) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()
        server.ready()


def address(rule: Rule) -> str:
    return "http://localhost" + re.sub("<[^>]+>", "1", rule.rule)


def form(rule: Rule) -> str:
    """Return the form in which an address tells of an error."""
    if rule.rule.startswith("/api/"):
        return "application/problem+json"
    is_for_programs = rule.rule.startswith(MACHINE_PATHS) or rule.endpoint == "health.readyz"
    return "application/json" if is_for_programs else "text/html"


def test_every_address_says_that_it_will_do_so_later_and_never_that_it_is_broken(
    app: Flask, there: Ground, server: OwnPostgres, program: Program
) -> None:
    browser = signed_in_as(app, "admin")
    asked = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    assert program.get("/products/").status_code == 200

    otherwise, wrong = dict[str, int](), []
    with away(server):
        for rule in asked:
            for method in ("GET", "HEAD"):
                path = address(rule)
                is_api = rule.rule.startswith(MACHINE_PATHS)
                answer = program.send(method, path) if is_api else browser.open(path, method=method)
                if answer.status_code != 503:
                    otherwise[rule.endpoint] = answer.status_code
                if answer.status_code >= 500 and ("Retry-After" not in answer.headers or answer.status_code != 503):
                    wrong.append(f"{method} {path}: {answer.status_code}")
                if answer.status_code == 503 and answer.mimetype != form(rule):
                    wrong.append(f"{path}: {answer.mimetype}")

    assert not wrong
    assert {name: status for name, status in otherwise.items() if name not in NEEDS_NO_DATABASE} == {}


def test_people_get_a_page_htmx_a_fragment_and_all_of_it_goes_on_by_itself(
    app: Flask, there: Ground, server: OwnPostgres, program: Program
) -> None:
    browser = signed_in_as(app, "viewer")
    assert browser.get("/admin/products/").status_code == 200

    with away(server):
        page = browser.get("/admin/products/")
        fragment = browser.get("/admin/products/", headers=HTMX)
        written = program.post("/products/", NEW)
        command = app.test_cli_runner().invoke(args=["tokens", "list"])
    ready = time.monotonic()
    needed(lambda: browser.get("/admin/products/").status_code == 200, seconds=SOON)
    needed(lambda: program.get("/products/").status_code == 200, seconds=SOON)

    assert time.monotonic() - ready < SOON
    assert (page.status_code, fragment.status_code, written.status_code) == (503, 503, 503)
    assert "The database does not answer" in page.text
    assert "</html>" in page.text
    assert "<html" not in fragment.text
    assert "outcome" not in written.json
    assert command.output.startswith("Error: The database does not answer.")
    assert program.post("/products/", NEW).status_code == 201


def test_beats_and_jobs_survive_and_go_on(app: Flask, there: Ground, server: OwnPostgres) -> None:
    done: list[int] = []

    def look(row: int) -> None:
        db.session.execute(text("SELECT 1"))
        done.append(row)

    queue, heart = InProcessQueue(app, {"look": look}), Heart(app)
    heart.beat()
    queue.enqueue("look", 1)
    needed(lambda: done == [1], seconds=5)

    with away(server):
        heart.beat()
        queue.enqueue("look", 2)
    there.write("DELETE FROM heartbeat")
    heart.beat()
    queue.enqueue("look", 3)

    needed(lambda: done[-1] == 3, seconds=5)
    assert there.one("SELECT count(*) FROM heartbeat WHERE name LIKE 'beat:%'") == 1


@pytest.mark.parametrize("was_committed", [False, True])
def test_a_commit_without_an_answer_is_told_as_unknown_and_not_done_twice(
    program: Program, there: Ground, app: Flask, was_committed: bool
) -> None:
    name = f"Lost {was_committed}"
    key = {"Idempotency-Key": name.replace(" ", "-")}
    before = program.get("/products/").status_code

    with app.app_context():
        engine = db.engine

    def lose(connection: Connection) -> None:
        if not connection.exec_driver_sql("SELECT 1 FROM product WHERE name = %s", (name,)).first():
            return
        driver = connection.connection.driver_connection
        assert driver is not None
        process = driver.info.backend_pid
        if was_committed:
            driver.commit()
            # The COMMIT that follows has something to end.
            driver.execute("SELECT 1")
        there.rows("SELECT pg_terminate_backend(:process, 5000)", process=process)

    event.listen(engine, "commit", lose)
    lost = program.post("/products/", {**NEW, "name": name}, headers=key)
    event.remove(engine, "commit", lose)
    again = program.post("/products/", {**NEW, "name": name}, headers=key)

    assert before == 200
    assert lost.status_code == 503
    assert lost.json["outcome"] == "unknown"
    assert "nothing was changed" not in lost.json["detail"]
    assert lost.headers["Retry-After"]
    assert again.status_code == (409 if was_committed else 201)
    assert there.one("SELECT count(*) FROM product WHERE name = :name", name=name) == 1


def test_a_short_write_whose_commit_has_no_answer_says_so_and_the_next_one_works(app: Flask, there: Ground) -> None:
    def lose(connection: Reader) -> None:
        process = connection.value("SELECT pg_backend_pid()")
        there.rows("SELECT pg_terminate_backend(:process, 5000)", process=process)

    with app.app_context():
        writes = WriteConnections(db.engine)
        with pytest.raises(CommitUnansweredError):
            writes.write(lose)

        assert writes.write(lambda connection: connection.value("SELECT 1")) == 1


def test_people_are_told_that_it_may_have_been_saved(app: Flask, server: OwnPostgres) -> None:
    @open_to_all
    def save() -> ResponseReturnValue:
        raise CommitUnansweredError.of(RuntimeError())

    app.add_url_rule("/save", "save", save, methods=["GET"])

    answer = app.test_client().get("/save")

    assert answer.status_code == 503
    assert "It is not known whether this was saved" in answer.text
    assert "Nothing was changed" not in answer.text


@pytest.mark.parametrize("app", [{"DATABASE_STATEMENT_SECONDS": "1"}], indirect=True)
def test_a_request_does_not_hold_the_database_for_long_and_everything_else_may(app: Flask, server: OwnPostgres) -> None:
    @open_to_all
    def dawdle() -> ResponseReturnValue:
        db.session.execute(text("SELECT pg_sleep(5)"))
        return "done"

    app.add_url_rule("/api/dawdle", "dawdle", dawdle)
    ended: list[bool] = []

    def work() -> None:
        with app.app_context():
            db.session.execute(text("SELECT pg_sleep(1.2)"))
            db.session.remove()
        ended.append(True)

    thread = Thread(target=work)
    thread.start()
    answer = app.test_client().get("/api/dawdle")
    thread.join()

    assert answer.status_code == 503
    assert answer.get_json()["detail"].startswith("The database took too long")
    assert ended == [True]


def test_an_operator_sees_who_is_connected_and_what_holds_for_them(
    app: Flask, there: Ground, server: OwnPostgres
) -> None:
    shown = "SELECT current_setting('lock_timeout'), current_setting('TimeZone'), current_setting('application_name')"
    with app.app_context():
        lock, zone, name = db.session.execute(text(shown)).one()
        db.session.remove()

    assert (lock, zone) == ("15s", "UTC")
    assert name.startswith("catalog web ")


def test_a_server_that_has_become_a_standby_is_left_for_the_new_primary(
    app: Flask, there: Ground, server: OwnPostgres, program: Program
) -> None:
    with app.app_context():
        db.engine.dispose()
    # Those that tests keep open are older than what a new one is told.
    kept.close_all()
    there.write("ALTER DATABASE postgres SET default_transaction_read_only = on")

    refused = program.post("/products/", {**NEW, "name": "Standby"})
    there.write("SET TRANSACTION READ WRITE; ALTER DATABASE postgres RESET default_transaction_read_only")
    taken = program.post("/products/", {**NEW, "name": "Standby"})

    assert (refused.status_code, taken.status_code) == (503, 201)
    assert refused.headers["Retry-After"]


@pytest.mark.parametrize("app", [{"DATABASE_POOL_SIZE": "1", "DATABASE_POOL_OVERFLOW": "0", "DATABASE_POOL_WAIT_SECONDS": "1"}], indirect=True)  # fmt: skip
def test_a_pool_that_is_used_up_is_said_to_pass(app: Flask, server: OwnPostgres, program: Program) -> None:
    with app.app_context(), db.engine.connect():
        answer = program.get("/sync/runs/")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_sqlite_that_is_locked_for_too_long_is_said_to_pass(
    sqlite_template: Any, tmp_path: Any, there: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db_module, "BUSY_TIMEOUT_MS", 50)
    url = sqlite_template.copy_to(tmp_path)
    locked = create_app(load_settings({**there.environment, "CATALOG_DATABASE_URL": url, "CATALOG_LOG_LEVEL": "ERROR"}))
    program = Program.with_scopes(locked, *SCOPES)
    assert program.get("/products/").status_code == 200
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = program.post("/products/", NEW)
        other.execute("ROLLBACK")
    taken = program.post("/products/", NEW)
    with locked.app_context():
        db.engine.dispose()

    assert (answer.status_code, taken.status_code) == (503, 201)
    assert answer.headers["Retry-After"]
    assert answer.mimetype == "application/problem+json"
    assert BASE in answer.request.path
