"""The command `systems`: what scripts and operators rely on."""

import json

import pytest
from flask import Flask

from catalog_app.demo.standin import XivaStandin
from catalog_app.sync.service import ProductSyncService
from catalog_app.sync.systems.readdressing import ENTER_AGAIN
from catalog_app.sync.systems.sources import source_config
from tests.core.http.hostile import HostileServer
from tests.sync.systems.conftest import PASSWORD, Make, Run, stored


def test_an_open_source_needs_three_words(app: Flask, run: Run) -> None:
    result = run("set", "open", "--preset", "tmf620", "--base-url", "http://127.0.0.1:9", "--set", "auth.kind=none")

    assert (result.exit_code, result.stdout) == (0, "")
    assert source_config(stored("open")).auth_kind == "none"
    assert "open\tOpen\ttmf620\tnever synced\tconfigured" in run("list").stdout


def test_a_secret_is_read_from_standard_input(app: Flask, run: Run, bss: XivaStandin) -> None:
    result = run(
        "set", "east", "--preset", "tmf620", "--base-url", bss.base_url, "--secret", f"username={bss.username}",
        "--secret", "password=-", stdin=f"{PASSWORD}\n",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert ProductSyncService().run("east").created == 20


def test_a_secret_may_name_a_variable_and_be_forgotten(app: Flask, run: Run, make: Make) -> None:
    make()
    run("set", "east", "--secret", "password=env:BSS_PASSWORD")
    assert stored().secrets["password"] == {"env": "BSS_PASSWORD"}

    run("set", "east", "--secret", "password=")

    assert "password" not in stored().secrets


def test_who_moves_a_system_to_another_server_enters_its_secrets_again(
    app: Flask, run: Run, make: Make, elsewhere: HostileServer
) -> None:
    made = make()

    refused = run("set", "east", "--base-url", elsewhere.url)
    assert refused.exit_code == 64
    assert f"secrets.password: {ENTER_AGAIN}" in refused.output
    assert stored().base_url == made.base_url

    moved = run("set", "east", "--base-url", elsewhere.url, "--secret", "username=me", "--secret", "password=")
    assert moved.exit_code == 0
    assert set(stored().secrets) == {"username"}


def test_each_path_sets_its_setting_and_an_empty_value_takes_it_away(app: Flask, run: Run, make: Make) -> None:
    make()
    pairs = (
        "label=East", "enabled=no", "auth.prefix=JWT", "sync_frequency=daily", "time_zone=Asia/Riyadh",
        "tables.lifecycle_status.sun set=retired", "limits.attempts=2", "guards.max_change_percent=70",
    )  # fmt: skip

    result = run("set", "east", *(word for pair in pairs for word in ("--set", pair)))

    assert result.exit_code == 0, result.output
    east = stored()
    assert (east.label, east.enabled, east.header_prefix, east.sync_frequency) == ("East", False, "JWT", "daily")
    assert (east.tables, east.limits) == ({"lifecycle_status": {"sun set": "retired"}}, {"attempts": 2})
    assert east.guards == {"max_change_percent": 70}
    run(
        "set", "east", "--set", "tables.lifecycle_status.sun set=", "--set", "limits.attempts=", "--set", "auth.prefix="
    )
    assert (stored().tables, stored().limits, stored().header_prefix) == ({}, {}, None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "colour=red"), "There is no setting 'colour'. There are label, enabled, auth.kind"),
        (("--set", "limits=3"), "There is no setting 'limits'."),
        (("--set", "label.x=3"), "There is no setting 'label.x'."),
        (("--set", "tables.channel=sms"), "write tables.TABLE.WORD"),
        (("--set", "auth.kind=magic"), "auth.kind: Choose one of: "),
        (("--set", "limits.attempts=99"), "limits.attempts: Use 10 or less."),
        (("--set", "label"), "--set wants a name, an equals sign and a value."),
        (("--secret", "swordfish-alone"), "--secret wants a name, an equals sign and a value."),
        (("--secret", "pin=1"), "There is no such secret."),
        (("--secret", "password=env:not a name"), "Name an environment variable"),
        (("--secret", "password=-"), "Nothing came on standard input for the secret password."),
        (("--preset", "sap"), "preset: Choose one of: "),
        (("--base-url", "nonsense"), "base_url: Use a whole address"),
    ],
)
def test_wrong_usage_exits_with_64_and_a_sentence(
    app: Flask, run: Run, make: Make, words: tuple[str, ...], sentence: str
) -> None:
    version = make().version

    result = run("set", "east", *words)

    assert (result.exit_code, result.stdout) == (64, "")
    assert sentence in " ".join(result.stderr.split())
    assert "swordfish" not in result.output
    assert stored().version == version


def test_a_new_system_without_a_preset_is_wrong_usage(app: Flask, run: Run) -> None:
    result = run("set", "fresh", "--base-url", "https://bss.example")

    assert result.exit_code == 64
    assert "preset: " in result.stderr


def test_json_is_one_object(app: Flask, run: Run, make: Make) -> None:
    make()

    listed = json.loads(run("list", "--json").stdout)
    shown = json.loads(run("show", "east", "--json").stdout)

    assert [system["key"] for system in listed["results"]] == ["xiva", "crm", "billing", "east"]
    assert shown == listed["results"][-1]
    assert shown["secrets"] == {"username": {"state": "sealed"}, "password": {"state": "sealed"}}


def test_a_test_offers_the_words_that_are_not_known(app: Flask, run: Run, make: Make, bss: XivaStandin) -> None:
    make()
    bss.listing.change("PO-3", lifecycleStatus="Sunset")

    result = run("test", "east")

    assert result.exit_code == 0
    assert (
        "Unknown word, in 1 records: --set 'tables.lifecycle_status.sunset'=... says what it means here."
        in result.stderr
    )
    run("set", "east", "--set", "tables.lifecycle_status.sunset=retired")
    assert "0 rejected" in run("test", "east").stderr


def test_a_system_that_is_not_there_fails(app: Flask, run: Run) -> None:
    assert run("show", "nothing").exit_code == 1
    assert run("test", "nothing").exit_code == 1
