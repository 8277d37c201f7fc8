"""An installation that carries out in this process what the programs of a page's shell are asked for."""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import Flask
from granian.cli import cli as granian

from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.settings import PREFIX, SettingsError, load_settings
from catalog_app.sync.models import SyncRun
from tests.docs.commands import ENDLESS, FOUND_HERE, NOT_RUN, NUMBERS, REFUSED
from tests.docs.guide import ROOT, request_of
from tests.docs.shell import Asked, Told
from tests.sync.offerings import offering

PRODUCTS: Final = 20
USAGE: Final = 22
"""What curl exits with where the answer is a refusal."""

_FAULT: Final = re.compile(r"^([a-z-]+): ", re.MULTILINE)


class Installation:
    """What a page installs: one database, one source, and an application for each set of settings that it gives."""

    def __init__(self, source: XivaStandin) -> None:
        self._source = source
        self._apps: dict[frozenset[tuple[str, str]], Flask] = {}
        self._programs: dict[str, Callable[[Asked], Told]] = {
            "flask": self._flask,
            "granian": _granian,
            "python": _python,
            "pip": _files_are_there,
            "curl": self._curl,
            "make": _make,
            "runuser": self._as_another,
        }
        self._runs: Mapping[str, Callable[[Flask], int]] = {
            "held": self._held,
            "queued": partial(self._run_of, "sync run xiva"),
            "applied": self._applied,
            "with rejects": self._with_rejects,
        }

    def answer(self, asked: Asked) -> Told:
        """Carry out what a program was started for, in the folder in which it was."""
        if asked.name in NOT_RUN:
            return Told()
        with chdir(asked.folder):
            return self._programs[asked.name](asked)

    def close(self) -> None:
        for app in self._apps.values():
            with app.app_context():
                db.session.remove()
                db.engine.dispose()

    def _flask(self, asked: Asked) -> Told:
        assert asked.words[:2] == ("--app", "wsgi"), "the pages name the application in one way"
        words = list(asked.words[2:])
        try:
            app = self._app(asked.environment)
        except SettingsError as error:
            return Told(1, err=str(error).encode())
        if words[0] in ENDLESS:
            command = app.cli.commands[words[0]]
            with app.app_context():
                command.make_context(words[0], words[1:])
            return Told()
        if (state := NUMBERS.get(tuple(words[:2]))) is not None:
            words[2] = str(self._runs[state](app))
        # Whoever is asked for a password, or a secret, types the same.
        typed = asked.given.decode() or f"{self._source.password}\n" * 2
        done = app.test_cli_runner().invoke(args=words, input=typed, env=asked.environment)
        code = 0 if done.exit_code == 1 and _is_expected(words, done.output) else done.exit_code
        return Told(code, done.stdout_bytes, done.stderr_bytes)

    def _curl(self, asked: Asked) -> Told:
        request = request_of(asked.words)
        address = urlsplit(request.url)
        path = f"{address.path}?{address.query}" if address.query else address.path
        method = request.method or ("POST" if request.data is not None else "GET")
        # What serves has the settings of the commands before; curl has none.
        *_, app = self._apps.values()
        client = app.test_client()
        answer = client.open(
            path,
            base_url=f"{address.scheme}://{address.netloc}",
            method=method,
            headers=request.headers,
            data=request.data,
        )
        return Told(0 if answer.status_code < 400 else USAGE, answer.data, answer.status.encode())

    def _as_another(self, asked: Asked) -> Told:
        """Do what a program runs as another user."""
        option, _user, end, program, *rest = asked.words
        assert (option, end) == ("-u", "--"), "runuser -u USER -- COMMAND"
        return self.answer(replace(asked, name=Path(program).name, words=tuple(rest)))

    def _app(self, environment: Mapping[str, str]) -> Flask:
        ours = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
        key = frozenset(ours.items())
        if key not in self._apps:
            self._apps[key] = create_app(load_settings(ours))
        return self._apps[key]

    # Runs in the state that a page speaks of

    def _run_of(self, line: str, app: Flask) -> int:
        app.test_cli_runner().invoke(args=line.split())
        with app.app_context():
            newest = db.session.query(SyncRun).order_by(SyncRun.id.desc()).first()
            assert newest is not None
            return newest.id

    def _listing(self, count: int, **changes: object) -> None:
        self._source.listing.replace([offering(number, **changes) for number in range(count)])

    def _held(self, app: Flask) -> int:
        """Return a run that a guard holds: half of the listing is gone."""
        self._applied(app)
        self._listing(PRODUCTS // 2)
        return self._run_of("sync run xiva --wait --full", app)

    def _applied(self, app: Flask) -> int:
        self._listing(PRODUCTS)
        run = self._run_of("sync run xiva --wait --full", app)
        app.test_cli_runner().invoke(args=["sync", "apply", str(run)])
        return run

    def _with_rejects(self, app: Flask) -> int:
        self._source.listing.replace([*(offering(number) for number in range(PRODUCTS)), offering(999, price="cheap")])
        return self._run_of("sync run xiva --wait --full", app)


def _is_expected(words: Sequence[str], output: str) -> bool:
    """Return whether a command fails here as it has to."""
    if words[0] == "doctor":
        return set(_FAULT.findall(output)) <= FOUND_HERE
    return any(tuple(words[: len(begins)]) == begins and says in output for begins, says in REFUSED.items())


def _granian(asked: Asked) -> Told:
    """Look whether the server would take these options and find this application; it would serve for ever."""
    with granian.make_context("granian", list(asked.words)) as context:
        assert context.params["app"] == "wsgi:app"
    return Told()


def _python(asked: Asked) -> Told:
    """Look whether a module is run that there is, on files that there are."""
    assert asked.words[0] == "-m"
    return _files_are_there(asked)


def _files_are_there(asked: Asked) -> Told:
    missing = [word for word in asked.words if ("/" in word or word.endswith(".txt")) and not (ROOT / word).exists()]
    return Told(1, err=f"{missing} is not there".encode()) if missing else Told()


def _make(asked: Asked) -> Told:
    """Have make say what it would do: a target that is not there is a fault."""
    command = [shutil.which("make") or "make", "--dry-run", *asked.words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return Told(done.returncode, err=done.stderr)
