"""The doctor sees each fault that it knows, names it, and says nothing of what is in order."""

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import text

from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.app import create_app
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.schema_version import UNFINISHED_RESTORE
from catalog_app.operating.doctor.checks import CHECKS
from catalog_app.operating.doctor.examining import diagnosed
from catalog_app.operating.doctor.ground import Bounds, Check, Ground
from catalog_app.settings import ROOT, Settings
from catalog_app.sync.models import Heartbeat
from tests.operating.conftest import Run
from tests.operating.faults import CASES, a_system, drop_without_letters, free_port, said
from tests.support.clients import PASSWORD
from tests.support.databases import plain_settings

SOUND: dict[str, Any] = {
    "secret_key": "k7Vd0cQpXz4mTn8RbWy2LhJf6sGe9uAi",
    "encryption_keys": Fernet.generate_key().decode(),
    "public_base_url": "https://catalog.operator.example",
    "trusted_proxies": 1,
    "allow_loopback_sources": False,
}


@pytest.fixture
def settings_overrides() -> dict[str, object]:
    return SOUND


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder in which a program lies that is whole."""
    tree = tmp_path / "tree"
    vendor = tree / "static" / "vendor"
    for folder in (tree / "instance", vendor):
        folder.mkdir(parents=True)
    (vendor / "htmx.min.js").write_text("code")
    (vendor / "manifest.json").write_text(json.dumps({"htmx.min.js": {"size": len("code"), "sha256": ""}}))
    shutil.copy(ROOT / "requirements.txt", tree)
    return tree


@pytest.fixture
def sound(app: Flask, settings: Settings, tree: Path, tmp_path: Path) -> Iterator[Ground]:
    """Return an installation in which nothing is wrong."""
    users.create(NewUser(email="a@operator.example", name="A", role="admin"), PASSWORD, actor="cli")
    with writing() as session:
        session.add(Heartbeat(name="beat:here:1:1", at=utcnow()))
    db.session.remove()
    tmp_path.chmod(0o700)
    with db.engine.connect() as connection:
        yield Ground(settings, {}, utcnow(), connection, root=tree, bounds=Bounds(free_bytes=0))
    with writing() as session:
        session.execute(text(f"DROP TABLE IF EXISTS {UNFINISHED_RESTORE}"))


def faults_of(ground: Ground) -> dict[str, str]:
    ground.database.rollback()
    return {one.check: one.fault.wrong for one in diagnosed(ground, {"machine", "database", "schema"}).found}


@pytest.mark.parametrize(
    ("check", "database_url"),
    [(check, kind) for check in CHECKS for kind in CASES[check.name][2]],
    ids=lambda value: getattr(value, "name", value),
    indirect=["database_url"],
)
def test_each_fault_is_seen_and_named(sound: Ground, check: Check) -> None:
    make, words, _ = CASES[check.name]
    ground = make(sound)

    found = [one.fault.wrong for one in diagnosed(ground, {"machine", check.needs}).found if one.check == check.name]

    assert any(words in wrong for wrong in found), found
    ground.database.rollback()
    if ground.database is not sound.database:
        ground.database.close()
        drop_without_letters(sound.database.engine)


def test_a_sound_installation_has_no_fault(sound: Ground) -> None:
    assert faults_of(sound) == {}


def test_a_system_that_was_set_up_a_moment_ago_is_no_fault(sound: Ground) -> None:
    assert faults_of(a_system(sync_frequency="daily", auth_kind="none")(sound)) == {}


def test_every_check_has_a_case_and_there_are_more_than_twenty() -> None:
    names = [check.name for check in CHECKS]
    assert sorted(names) == sorted(CASES)
    assert len(names) == len(set(names)) >= 20


def test_one_replica_of_several_that_answers_is_enough(sound: Ground) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        several = SecretStr(f"postgresql://catalog:p#s/@replica.invalid,127.0.0.1:{port}/catalog")
        assert faults_of(said(database_read_url=several)(sound)) == {}


def test_a_fault_is_told_with_what_to_do_and_ends_the_command_with_1(run: Run) -> None:
    told, as_json = run("doctor"), run("doctor", "--json")

    assert (told.exit_code, as_json.exit_code) == (1, 1)
    assert "no-admin: There is no admin who may sign in." in told.stdout
    assert "users create" in told.stdout
    document = json.loads(as_json.stdout)
    assert document["ok"] is False
    assert {"check", "wrong", "advice"} == set(document["faults"][0])


def test_it_speaks_where_the_database_does_not_answer(tmp_path: Path) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/catalog"
    application = create_app(Settings.model_validate({**plain_settings(url, tmp_path), **SOUND}))

    ended = application.test_cli_runner().invoke(args=["doctor"])

    assert ended.exit_code == 1
    assert "database-silent: The database does not answer" in ended.stdout
    assert "could not be made" in ended.stderr


def test_it_speaks_of_a_database_that_nobody_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    application = create_app(Settings.model_validate({**plain_settings(url, tmp_path), **SOUND}))

    ended = application.test_cli_runner().invoke(args=["doctor"])

    assert "schema: The database is empty.\n    Run `flask --app wsgi db upgrade`." in ended.stdout
