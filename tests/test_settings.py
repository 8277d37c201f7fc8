import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog_app.settings import ROOT, SettingsError, load_settings, unknown_settings

KEY = "x" * 40


def test_all_faults_come_in_one_message() -> None:
    environ = {"CATALOG_SESSION_HOURS": "many", "CATALOG_BASE_CURRENCY": "riyal", "CATALOG_XIVA_BASE_URL": "xiva"}

    with pytest.raises(SettingsError) as caught:
        load_settings(environ)

    message = str(caught.value)
    for name in (*environ, "CATALOG_SECRET_KEY is not set"):
        assert name in message


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(KEY + "\n", encoding="utf-8")

    settings = load_settings({"CATALOG_SECRET_KEY_FILE": str(secret), "CATALOG_XIVA_PASSWORD_FILE": str(secret)})

    assert settings.secret_key.get_secret_value() == KEY
    assert settings.xiva.secrets() == {"password": KEY}


def test_a_secret_file_that_cannot_be_read_is_a_fault() -> None:
    with pytest.raises(SettingsError, match="CATALOG_SECRET_KEY_FILE"):
        load_settings({"CATALOG_SECRET_KEY_FILE": "/nowhere/at/all"})


def test_what_a_demo_left_counts_only_where_the_environment_says_nothing(tmp_path: Path) -> None:
    left = tmp_path / "demo.env"
    left.write_text(f"CATALOG_SECRET_KEY='{KEY}'\nCATALOG_BASE_CURRENCY='EUR'\n", encoding="utf-8")

    settings = load_settings({"CATALOG_BASE_CURRENCY": "USD"}, demo_env=left)

    assert (settings.secret_key.get_secret_value(), settings.base_currency) == (KEY, "USD")


def test_a_secret_file_of_the_environment_wins_over_the_secret_that_a_demo_left(tmp_path: Path) -> None:
    left, secret = tmp_path / "demo.env", tmp_path / "key"
    left.write_text(f"CATALOG_SECRET_KEY='{KEY}'\n", encoding="utf-8")
    secret.write_text("y" * 40, encoding="utf-8")

    settings = load_settings({"CATALOG_SECRET_KEY_FILE": str(secret)}, demo_env=left)

    assert settings.secret_key.get_secret_value() == "y" * 40


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    left = tmp_path / "demo.env"
    left.write_text("CATALOG_BASE_CURRENCY='EUR'\n", encoding="utf-8")
    environ = {"CATALOG_SECRET_KEY": KEY, "CATALOG_PUBLIC_BASE_URL": "", "CATALOG_BASE_CURRENCY": ""}

    settings = load_settings(environ, demo_env=left)

    assert (settings.public_base_url, settings.base_currency) == (None, "EUR")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATALOG_SECRET_KEY", " " * 40),
        ("CATALOG_SESSION_IDLE_MINUTES", str(60 * 24 * 30 + 1)),
        ("CATALOG_DATABASE_URL", "mysql://h/d"),
        ("CATALOG_DATABASE_URL", "postgresql://u:p@h:port/d"),
        ("CATALOG_DATABASE_URL", "postgresql://u:p@h:70000/d"),
    ],
)
def test_a_value_that_could_not_work_is_a_fault_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"CATALOG_SECRET_KEY": KEY, name: value})

    assert f"  {name}: " in str(caught.value)
    assert value not in str(caught.value)


def test_a_database_password_may_hold_what_ends_a_host_elsewhere() -> None:
    given = "postgresql://u:p/a#s?s:w@[::1]:5432/d"

    settings = load_settings({"CATALOG_SECRET_KEY": KEY, "CATALOG_DATABASE_URL": given})

    assert settings.database_url.get_secret_value() == given


@pytest.mark.parametrize("given", ["postgres://h/d", "postgresql://h/d", "postgresql+psycopg://h/d"])
def test_every_way_to_write_a_postgresql_address_is_understood(given: str) -> None:
    settings = load_settings({"CATALOG_SECRET_KEY": KEY, "CATALOG_DATABASE_URL": given})

    assert settings.sqlalchemy_url == "postgresql+psycopg://h/d"


def test_a_typing_slip_is_named_and_not_fatal() -> None:
    environ = {"CATALOG_SECRET_KEY": KEY, "CATALOG_SESION_HOURS": "2", "CATALOG_XIVA_BASE_URL": "https://bss.example"}

    assert unknown_settings(environ) == ["CATALOG_SESION_HOURS"]
    assert load_settings(environ).session_hours == 12


def test_secrets_are_not_shown_by_printing_the_settings() -> None:
    settings = load_settings({"CATALOG_SECRET_KEY": KEY, "CATALOG_XIVA_PASSWORD": "hunter-two"})

    assert KEY not in repr(settings)
    assert "hunter-two" not in repr(settings)


def test_a_wrong_start_ends_with_the_faults_and_no_traceback(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")}
    environ.update(CATALOG_LEASE_SECONDS="soon", CATALOG_INSTANCE_PATH=str(tmp_path), CATALOG_SECRET_KEY="short")

    ended = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "CATALOG_LEASE_SECONDS" in ended.stderr
    assert "CATALOG_SECRET_KEY" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATALOG_SMTP_URL", "mail.example.com:587"),
        ("CATALOG_SMTP_URL", "http://mail.example.com"),
        ("CATALOG_SMTP_URL", "smtp://"),
        ("CATALOG_SMTP_URL", "smtp://lina@mail.example.com"),
        ("CATALOG_SMTP_URL", "smtp://lina:secret@mail.example.com:mail"),
        ("CATALOG_SMTP_URL", "smtp://mail.example.com/path"),
        ("CATALOG_SMTP_FROM", "offers"),
        ("CATALOG_SMTP_FROM", "offers@operator.example\r\nBcc: all@example.com"),
        ("CATALOG_SMTP_FROM", "a@operator.example, b@operator.example"),
        ("CATALOG_DELIVERY_RETENTION_DAYS", "0"),
        ("CATALOG_OUTBOX_LEASE_SECONDS", "0"),
    ],
)
def test_a_mail_server_or_a_time_that_could_not_work_is_a_fault_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"CATALOG_SECRET_KEY": KEY, name: value})
    assert name in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_a_mail_server_may_be_named_in_a_file_because_its_address_holds_a_password(tmp_path: Path) -> None:
    file = tmp_path / "smtp"
    file.write_text("smtps://lina:p%40ss@mail.example.com:465\n", encoding="utf-8")
    environ = {"CATALOG_SMTP_URL_FILE": str(file), "CATALOG_SMTP_FROM": "Example Telecom <offers@operator.example>"}

    settings = load_settings({"CATALOG_SECRET_KEY": KEY, **environ})

    assert settings.smtp_url is not None
    assert settings.smtp_url.get_secret_value() == "smtps://lina:p%40ss@mail.example.com:465"
    assert "p%40ss" not in repr(settings)


def test_a_queue_behind_a_broker_needs_the_broker() -> None:
    with pytest.raises(SettingsError, match="CATALOG_BROKER_URL: it is missing"):
        load_settings({"CATALOG_SECRET_KEY": KEY, "CATALOG_JOB_QUEUE": "celery"})


@pytest.mark.parametrize("url", ["kafka://host", "redis://", "amqp://user:pass@host:99999/vhost", "localhost:6379"])
def test_a_broker_that_cannot_be_reached_by_its_address_is_a_fault(url: str) -> None:
    with pytest.raises(SettingsError, match="CATALOG_BROKER_URL"):
        load_settings({"CATALOG_SECRET_KEY": KEY, "CATALOG_BROKER_URL": url})


def test_the_address_of_the_broker_is_a_secret(tmp_path: Path) -> None:
    secret = tmp_path / "broker"
    secret.write_text("amqp://catalog:hidden%40pass@broker.example:5672/catalog\n", encoding="utf-8")

    settings = load_settings(
        {"CATALOG_SECRET_KEY": KEY, "CATALOG_JOB_QUEUE": "celery", "CATALOG_BROKER_URL_FILE": str(secret)}
    )

    assert "hidden" not in repr(settings)
    assert settings.broker_url is not None
    assert settings.broker_url.get_secret_value().endswith("/catalog")
