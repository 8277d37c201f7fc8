"""Secrets of systems: sealed or named by a variable, opened when they are used, and shown to nobody."""

import logging
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, FatalError, RuleError
from catalog_app.demo import environment
from catalog_app.demo.standin import XivaStandin
from catalog_app.events.models import Revision
from catalog_app.settings import Settings, load_settings
from catalog_app.sync.systems.secrets import SecretInput, fact_of, resolve, seal
from catalog_app.sync.systems.sources import source_config
from catalog_app.sync.systems.systems import forget_secret, reseal_secrets, set_secret
from tests.support.api import Program
from tests.support.clients import Browser
from tests.sync.systems.conftest import NEW_KEY, OLD_KEY, PASSWORD, Make, Run, stored


def with_keys(app: Flask, settings: Settings, *keys: str) -> Flask:
    """Return the application on the same database with other encryption keys, as after a new start."""
    values = {**settings.model_dump(), "encryption_keys": ",".join(keys)}
    return create_app(Settings.model_validate(values))


def test_a_sealed_secret_comes_back_when_it_is_used_and_stands_nowhere_else(app: Flask, make: Make) -> None:
    system = make()

    assert source_config(system).secrets["password"] == PASSWORD
    assert set(stored().secrets["password"]) == {"sealed"}
    assert PASSWORD not in repr(source_config(system))
    assert PASSWORD not in repr(SecretInput(PASSWORD))


def test_the_same_secret_is_never_sealed_alike_twice(app: Flask) -> None:
    assert seal("twice") != seal("twice")


def test_a_variable_is_read_at_the_moment_of_use(app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    system = make()
    set_secret("east", "password", SecretInput(variable="BSS_EAST_PASSWORD"), actor="test")
    with pytest.raises(ConflictError, match="environment variable BSS_EAST_PASSWORD, which is not set"):
        source_config(stored())

    monkeypatch.setenv("BSS_EAST_PASSWORD", "from outside")

    assert source_config(stored()).secrets["password"] == "from outside"
    assert stored().secrets["password"] == {"env": "BSS_EAST_PASSWORD"}
    assert system.key == "east"


def test_a_variable_may_name_a_file_as_every_secret_of_ours_may(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make()
    set_secret("east", "password", SecretInput(variable="BSS_EAST_PASSWORD"), actor="test")
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    monkeypatch.setenv("BSS_EAST_PASSWORD_FILE", str(tmp_path / "secret"))

    assert source_config(stored()).secrets["password"] == "from a file"


@pytest.mark.parametrize(
    "variable",
    [
        "CATALOG_SECRET_KEY", "CATALOG_DATABASE_URL", "CATALOG_ENCRYPTION_KEYS", "CATALOG_SECRET_KEY_FILE",
        "CATALOG_XIVA_PASSWORD", "CATALOG_CRM_CLIENT_SECRET_FILE",
    ],
)  # fmt: skip
def test_what_the_service_itself_is_protected_by_cannot_be_sent_to_a_system(
    app: Flask, make: Make, variable: str
) -> None:
    make()

    with pytest.raises(RuleError, match="a setting of this service"):
        set_secret("east", "password", SecretInput(variable=variable), actor="test")


@pytest.mark.parametrize("value", ["", "two\nlines", "a NUL \x00", "x" * 5000])
def test_what_cannot_be_a_secret_is_refused_without_being_repeated(app: Flask, make: Make, value: str) -> None:
    make()

    with pytest.raises(RuleError) as refused:
        set_secret("east", "password", SecretInput(value), actor="test")

    assert set(refused.value.errors) == {"secrets.password"}
    assert not value or value not in str(refused.value)


def test_a_token_that_no_key_opens_says_what_to_do(app: Flask, settings: Settings, make: Make) -> None:
    make()
    db.session.remove()

    with with_keys(app, settings, NEW_KEY).app_context():
        with pytest.raises(ConflictError, match="none of CATALOG_ENCRYPTION_KEYS sealed it"):
            source_config(stored())
        db.session.remove()
        db.engine.dispose()


def test_keys_rotate_and_the_old_one_is_not_needed_any_more(app: Flask, settings: Settings, make: Make) -> None:
    make("east")
    make("west")
    before = stored("east").secrets
    db.session.remove()

    with with_keys(app, settings, NEW_KEY, OLD_KEY).app_context():
        done = reseal_secrets(actor="cli")
        assert (done.secrets, done.systems, done.unchanged) == (4, 2, 0)
        again = reseal_secrets(actor="cli")
        assert (again.secrets, again.systems, again.unchanged) == (0, 0, 4)
        db.session.remove()
        db.engine.dispose()
    with with_keys(app, settings, NEW_KEY).app_context():
        assert stored("east").secrets != before
        assert source_config(stored("east")).secrets["password"] == PASSWORD
        assert source_config(stored("west")).secrets["password"] == PASSWORD
        db.session.remove()
        db.engine.dispose()


def test_a_secret_that_no_key_opens_stops_sealing_anew_before_anything_is_written(
    app: Flask, settings: Settings, make: Make
) -> None:
    make("east")
    db.session.remove()
    with with_keys(app, settings, NEW_KEY).app_context():
        with pytest.raises(FatalError, match=r"BSS East: .* Nothing was sealed anew"):
            reseal_secrets(actor="cli")
        db.session.remove()
        db.engine.dispose()

    assert source_config(stored("east")).secrets["password"] == PASSWORD


def test_the_command_that_seals_anew_tells_how_many(app: Flask, make: Make, run: Run) -> None:
    make()

    result = run("reseal")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 secrets of 0 systems sealed anew, 2 were under the first key already." in result.stderr


def test_history_says_that_a_secret_was_replaced_and_not_what_it_is(app: Flask, make: Make) -> None:
    make()
    set_secret("east", "password", SecretInput("another one"), actor="user:lina")
    set_secret("east", "password", SecretInput(variable="BSS_PASSWORD"), actor="user:lina")
    forget_secret("east", "password", actor="user:lina")

    told = [revision.changes for revision in db.session.query(Revision).order_by(Revision.id)]

    assert told[0]["secrets.password"] == ["not set", "sealed"]
    assert [changes["secrets.password"] for changes in told[1:]] == [
        ["sealed", "replaced"],
        ["sealed", "from env BSS_PASSWORD"],
        ["from env BSS_PASSWORD", "not set"],
    ]


def test_a_demo_makes_a_key_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "demo.env"
    made = environment.prepare(path)

    settings = load_settings({}, demo_env=path)

    assert [key.get_secret_value() for key in settings.encryption_keys] == [made["CATALOG_ENCRYPTION_KEYS"]]
    assert environment.prepare(path)["CATALOG_ENCRYPTION_KEYS"] == made["CATALOG_ENCRYPTION_KEYS"]


@pytest.mark.usefixtures("app")
class TestWithoutKeys:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {}

    def test_nothing_is_sealed_and_the_reason_says_how_to_mend_it(self) -> None:
        with pytest.raises(FatalError, match="openssl rand -base64 32"):
            seal("anything")

    def test_the_page_says_so_and_offers_variables_alone(self, admin: Browser) -> None:
        page = admin.get("/admin/settings/systems/crm/edit").text

        assert "Nothing can be sealed here." in page
        assert "From an environment variable" in page
        assert 'type="password"' not in page
        assert "Secrets cannot be stored." in admin.get("/admin/settings/systems").text

    def test_a_program_that_sends_a_secret_is_refused_beside_its_field(self, api: Program) -> None:
        answer = api.patch("/systems/crm/", {"secrets": {"password": {"value": PASSWORD}}})

        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/secrets/password"
        assert "CATALOG_ENCRYPTION_KEYS is not set" in answer.json["errors"][0]["message"]


def test_a_planted_secret_is_in_no_page_answer_log_or_file(
    app: Flask,
    settings: Settings,
    bss: XivaStandin,
    admin: Browser,
    api: Program,
    run: Run,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    kind = {"preset": "tmf620", "label": "BSS East"}
    sent = {"username": {"value": bss.username}, "password": {"value": PASSWORD}}
    told = [api.post("/systems/", {"key": "east", **kind, "base_url": bss.base_url, "secrets": sent}).text]
    told += [
        run(
            "set", "west", "--preset", "tmf620", "--base-url", bss.base_url, "--secret", "password=-", stdin=PASSWORD
        ).output
    ]
    form = {
        "preset": "tmf620",
        "label": "BSS East",
        "base_url": bss.base_url,
        "frequency": "manual",
        "time_zone": "UTC",
    }
    typed = {"secret_password-source": "typed", "secret_password-value": PASSWORD}
    for extra in ({"do": "test"}, {"do": "shape"}, {"base_url": "nonsense"}, {"version": "77"}):
        told.append(admin.send("/admin/settings/systems/east/edit", **{**form, **typed, **extra}).text)
    told += [api.post("/systems/east/test/").text, run("test", "east").output, run("test", "west").output]
    bss.password = "another"
    told += [api.post("/systems/east/test/").text, run("test", "east").output]
    told += [api.get(path).text for path in ("/systems/", "/systems/east/", "/systems/west/")]
    told += [
        run(*words).output for words in (("list",), ("show", "east"), ("list", "--json"), ("show", "west", "--json"))
    ]
    pages = ("settings/systems", "settings/systems/east/edit", "activity/", "sync/", "")
    told += [admin.get(f"/admin/{page}").text for page in pages]

    assert [text for text in told if PASSWORD in text] == []
    assert len([text for text in told if "BSS East" in text]) > 8
    assert PASSWORD not in caplog.text
    assert PASSWORD not in "".join(capfd.readouterr())
    assert PASSWORD.encode() not in whole_database(settings)
    assert resolve(stored("east").secrets)["password"] == PASSWORD
    assert str(fact_of(stored("west").secrets, "password")) == "sealed"


def whole_database(settings: Settings) -> bytes:
    """Return everything the database holds, as its file or as a dump of every table."""
    db.session.remove()
    url = make_url(settings.sqlalchemy_url)
    if url.get_backend_name() == "sqlite":
        return b"".join(path.read_bytes() for path in Path(str(url.database)).parent.glob("catalog.db*"))
    address = settings.database_url.get_secret_value()
    with closing(psycopg.connect(address)) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [connection.execute(f'SELECT t::text FROM "{name}" t').fetchall() for (name,) in tables]  # noqa: S608  # our own names
    return repr(rows).encode()
