"""The files of deploy/ name what exists, and give a process no more than it needs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from catalog_app.settings import ROOT, unknown_settings
from tests.deploy.files import (
    CONTAINERFILE,
    DEPLOY,
    UNITS,
    Instruction,
    compose,
    instructions,
    of_the_image,
    our_services,
    starts,
    unit,
)

IGNORED = ROOT / ".dockerignore"
KNOWN = {
    "build", "cap_drop", "command", "cpus", "depends_on", "environment", "healthcheck", "image", "init", "mem_limit", "networks",
    "pids_limit", "ports", "read_only", "restart", "secrets", "security_opt", "shm_size", "stop_grace_period", "tmpfs", "user",
    "volumes",
}  # fmt: skip
"""What the compose specification calls what our services say."""
CLOSED = {
    "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes", "ProtectControlGroups": "yes",
    "RestrictNamespaces": "yes", "RestrictSUIDSGID": "yes", "LockPersonality": "yes", "UMask": "0077",
}  # fmt: skip


def test_every_setting_that_a_file_names_is_one() -> None:
    # These steer the compose file itself.
    steering = {"CATALOG_VERSION", "CATALOG_PORT", "CATALOG_WORKERS"}
    named = {
        name
        for path in DEPLOY.rglob("*")
        if path.is_file()
        for name in re.findall(r"\bCATALOG_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }

    assert len(named) > 10
    assert unknown_settings(dict.fromkeys(named - steering, "")) == []


def test_the_example_of_the_settings_is_read_alike_by_a_shell_and_by_systemd() -> None:
    # `flask` of docs/operators.md sources the file that systemd reads.
    example = DEPLOY / "systemd" / "catalog.env.example"
    told = subprocess.run(  # our own file
        ["/bin/sh", "-euc", 'set -a; . "$0"; exec env', str(example)],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )

    said = dict(line.split("=", 1) for line in example.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    assert told.stderr == ""
    assert {name: value.strip('"') for name, value in said.items()}.items() <= dict(
        line.split("=", 1) for line in told.stdout.splitlines()
    ).items()


def test_every_path_that_the_image_copies_is_there_and_may_be_seen() -> None:
    seen = {line.removeprefix("!") for line in IGNORED.read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    copied = {
        source
        for one in instructions()
        if one.name == "COPY" and not one.text.startswith("--from")
        for source in one.words[:-1]
    }

    assert copied == seen
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_nothing_is_seen_by_the_build_unless_it_is_named() -> None:
    lines = [line for line in IGNORED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

    assert lines[0] == "*"
    assert {"instance", ".env", ".git", "deploy", "tests"}.isdisjoint({line.removeprefix("!") for line in lines})


def test_what_the_application_needs_to_run_is_in_the_image() -> None:
    into = {one.words[-1].partition("/")[0] for one in of_the_image("COPY")}

    assert into >= {"catalog_app", "migrations", "templates", "translations", "static", "wsgi.py"}
    assert any(one.text.endswith("static/vendor") for one in of_the_image("COPY"))


def test_the_image_runs_as_nobody_in_particular_without_what_builds() -> None:
    (user,) = of_the_image("USER")
    runs = " ".join(one.text for one in of_the_image("RUN"))

    assert int(user.text.partition(":")[0]) >= 1000
    assert [one for one in instructions() if one.name == "ADD"] == []
    assert "apt-get" not in CONTAINERFILE.read_text(encoding="utf-8")
    assert re.search(r"pip uninstall .*setuptools wheel pip", runs)
    assert of_the_image("HEALTHCHECK")
    after_user = instructions()[instructions().index(user) :]
    assert [one for one in after_user if one.name in ("RUN", "COPY")] == []


def test_packages_are_installed_from_the_lock_with_their_hashes() -> None:
    installs = [one for one in instructions() if one.name == "RUN" and "pip" in one.words and "install" in one.words]

    assert [{"--require-hashes", "--no-deps", "requirements.lock"} <= set(one.words) for one in installs[:1]] == [True]
    assert {one.stage for one in installs if "uninstall" not in one.words} == {1}


def test_every_base_names_a_version() -> None:
    images = [one.text.partition("=")[2] for one in instructions() if one.name == "ARG"]
    images += [service["image"] for service in compose()["services"].values() if "build" not in service]

    assert len(images) == 3
    assert [image for image in images if not re.search(r":\d[\w.-]*$", image)] == []
    assert {one.words[0] for one in instructions() if one.name == "FROM"} == {"${PYTHON}"}


def test_a_service_says_nothing_that_is_spelled_wrongly() -> None:
    said = {key for service in compose()["services"].values() for key in service}

    assert said - KNOWN == set()
    assert compose().keys() == {"name", "x-application", "services", "networks", "volumes", "secrets"}


@pytest.mark.parametrize("name", sorted(compose()["services"]))
def test_a_service_gets_no_more_than_it_needs(name: str) -> None:
    service = compose()["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] not in ("root", "0", "0:0")
    assert all(limit in service for limit in ("mem_limit", "cpus", "pids_limit"))
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert not any(text.partition(":")[0].startswith(("/", ".")) for text in service["volumes"])


def test_services_lean_on_what_is_there() -> None:
    whole = compose()
    for name, service in whole["services"].items():
        assert set(service.get("secrets", [])) <= set(whole["secrets"]), name
        assert set(service["networks"]) <= set(whole["networks"]), name
        assert {text.partition(":")[0] for text in service["volumes"]} <= set(whole["volumes"]), name
        for needed, how in service.get("depends_on", {}).items():
            other = whole["services"][needed]
            is_checked = "test" in other.get("healthcheck", {})
            assert how["condition"] == ("service_healthy" if is_checked else "service_completed_successfully"), name
    assert whole["networks"]["inside"] == {"internal": True}
    assert {name: service["restart"] for name, service in our_services().items()}["migration"] == "no"


def test_every_secret_comes_from_a_file_and_none_stands_in_one() -> None:
    ours = compose()["x-application"]
    secrets = {value.rpartition("/")[2] for name, value in ours["environment"].items() if name.endswith("_FILE")}

    assert secrets == set(ours["secrets"])
    assert not any(
        "password" in str(value).lower() for name, value in ours["environment"].items() if "FILE" not in name
    )
    assert "deploy/container/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_closed_to_what_it_does_not_need(path: Path) -> None:
    settings = unit(path)

    assert {name: settings.get(name, ["missing"])[-1] for name in CLOSED} == CLOSED
    assert settings["User"] == ["catalog"]
    # A process that is hidden would be taken for dead (catalog_app/core/processes.py).
    assert not settings.keys() & {"ProtectProc", "PrivateUsers", "PrivatePIDs", "ProcSubset"}


def test_units_hold_what_systemd_knows(tmp_path: Path) -> None:
    """Without systemd's own tool there is nothing to ask; the settings that matter are looked at above."""
    tool = shutil.which("systemd-analyze")
    for path in (*UNITS, *(DEPLOY / "systemd").glob("*.timer")):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(re.sub(r"/opt/product-catalog/.venv/bin/\w+", "/bin/true", text))
    if tool is None:
        return

    said = subprocess.run(
        [tool, "verify", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True, check=False
    )

    assert (said.returncode, [line for line in said.stderr.splitlines() if "product-catalog" in line]) == (0, [])


def test_a_stop_waits_longer_than_the_application_needs() -> None:
    kill_after = int(_after("--workers-kill-timeout"))
    graces = {name: int(service["stop_grace_period"].removesuffix("s")) for name, service in our_services().items()}
    stops = [int(unit(path)["TimeoutStopSec"][0]) for path in UNITS if "TimeoutStopSec" in unit(path)]

    assert all(seconds > kill_after for seconds in (*graces.values(), *stops))
    assert len(stops) == 3


def test_the_image_is_written_as_its_linter_wants() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")

    said = subprocess.run([hadolint, "--no-color", CONTAINERFILE], capture_output=True, text=True, check=False)

    assert (said.stdout + said.stderr, said.returncode) == ("", 0)


def test_the_front_end_is_built_by_the_script_of_the_project() -> None:
    assert [one.words for one in _stage(0) if one.name == "RUN"] == [["python", "scripts/vendor.py"]]


def _stage(number: int) -> list[Instruction]:
    return [one for one in instructions() if one.stage == number]


def _after(option: str) -> Any:
    words = next(iter(starts())).words
    return words[words.index(option) + 1]
