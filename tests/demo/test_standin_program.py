"""The stand-in as a program: one line on stdout, and no life without its parent."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.demo.xiva_client import XivaClient

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "catalog_app.demo.standin"]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "STANDIN_PASSWORD"}
    return {**kept, **more}


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], XivaClient]]:
    process = subprocess.Popen(
        [*PROGRAM, "xiva", *arguments],
        cwd=ROOT,
        env=environment(STANDIN_PASSWORD="s3cret-of-the-test"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            assert line.keys() == {"system", "base_url"}
            assert line["system"] == "xiva"
            client = XivaClient(line["base_url"], "demo", "s3cret-of-the-test")
            with client.http:
                yield process, client
        finally:
            process.kill()


def refused(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_serves_the_products_asked_for_until_its_input_ends() -> None:
    with running("--port", "0", "--products", "60", "--username", "demo") as (process, client):
        assert client.log_in().status_code == 200
        assert [len(page) for page in client.pages()] == [50, 10]

        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0
        with pytest.raises(requests.ConnectionError):
            client.http.get(client.base_url, timeout=5)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_told_to(signal_number: signal.Signals) -> None:
    with running("--products", "3") as (process, _):
        process.send_signal(signal_number)
        assert process.wait(timeout=10) == 0


def test_it_dies_with_a_parent_that_was_killed() -> None:
    # The parent holds the only other end of the pipe and is killed without a chance to say anything.
    parent_code = (
        "import signal, subprocess\n"
        f"child = subprocess.Popen({[*PROGRAM, 'xiva', '--products', '1']!r}, stdin=subprocess.PIPE)\n"
        "signal.pause()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", parent_code],
        cwd=ROOT,
        env=environment(STANDIN_PASSWORD="s3cret"),
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        assert json.loads(parent.stdout.readline())["system"] == "xiva"
        parent.kill()
        # The child shares our pipe: it reads as ended only when the child is gone as well.
        assert parent.stdout.read() == ""


def test_the_shape_and_the_life_of_tokens_are_options() -> None:
    with running("--products", "3", "--shape", "results", "--access-seconds", "0", "--username", "demo") as (_, client):
        assert client.log_in().status_code == 200
        assert client.page().status_code == 401


EVERY = ("xiva", "salesforce", "killbill", "chargebee", "hubspot", "odoo", "stripe", "lago")
SECRETS = ("USERNAME", "PASSWORD", "API_KEY", "API_SECRET", "CLIENT_ID", "CLIENT_SECRET", "TOKEN", "SECRET")


@pytest.mark.parametrize("name", EVERY)
def test_every_stand_in_serves_as_a_program_and_has_a_control_door(name: str) -> None:
    process = subprocess.Popen(
        [*PROGRAM, name, "--products", "50"],
        cwd=ROOT,
        env=environment(**{f"STANDIN_{secret}": f"the {secret}" for secret in SECRETS}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        base_url = json.loads(process.stdout.readline())["base_url"]
        told = requests.get(f"{base_url}/_standin/", headers={"X-Standin-Secret": "the SECRET"}, timeout=10)
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    assert (told.json()["system"], told.json()["products"]) == (name, 50)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("salesforce", "STANDIN_CLIENT_ID, STANDIN_CLIENT_SECRET"),
        ("killbill", "STANDIN_USERNAME, STANDIN_PASSWORD, STANDIN_API_KEY, STANDIN_API_SECRET"),
        ("lago", "STANDIN_TOKEN"),
    ],
)
def test_it_names_every_secret_that_it_cannot_do_without(name: str, missing: str) -> None:
    done = refused(name)
    assert (done.returncode, done.stdout) == (64, "")
    assert missing in done.stderr


def test_it_does_not_start_without_a_password() -> None:
    done = refused("xiva")
    assert (done.returncode, done.stdout) == (64, "")
    assert "STANDIN_PASSWORD" in done.stderr


@pytest.mark.parametrize("arguments", [(), ("unknown",), ("xiva", "--shape", "round"), ("xiva", "--products", "-1")])
def test_wrong_usage_is_exit_64(arguments: tuple[str, ...]) -> None:
    assert refused(*arguments, STANDIN_PASSWORD="s3cret").returncode == 64


def test_the_password_is_not_among_the_arguments_it_takes() -> None:
    assert refused("xiva", "--password", "s3cret", STANDIN_PASSWORD="s3cret").returncode == 64


def test_it_imports_nothing_of_the_product_but_the_demo() -> None:
    code = (
        "import sys, catalog_app.demo.standin.registry\n"
        "ours = sorted(name for name in sys.modules if name.startswith('catalog_app.'))\n"
        "print([name for name in ours if not name.startswith('catalog_app.demo')])\n"
        "print('flask' in sys.modules or 'sqlalchemy' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == ["[]", "False"]
