"""The guides: every request on a page is sent, in order, and what comes back is what the page shows."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from catalog_app.accounts.roles import SCOPES
from catalog_app.core.db import db
from catalog_app.demo.catalogue import catalogue
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.openapi.document import api_routes
from catalog_app.sync.service import ProductSyncService
from tests.docs.guide import GUIDES, HERE, MORE, OUR_API, Example, base_of, differences, examples, shape
from tests.support.api import BASE, Program
from tests.support.databases import SqliteTemplate

PASSWORD = "a password of the guide"
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Served:
    """The application on real HTTP, as the page sees it; `root` is where it is instead of where the page says."""

    root: str
    variables: dict[str, str]

    def send(self, example: Example) -> requests.Response:
        asked = example.request(self.variables)
        method = asked.method or ("POST" if asked.data is not None else "GET")
        data = asked.data.encode() if asked.data is not None else None
        return requests.request(
            method, asked.url.replace(HERE, self.root), headers=asked.headers, data=data, timeout=PATIENCE_SECONDS
        )

    def note(self, answer: requests.Response) -> None:
        """Keep what the next request of a page names as its answer did: the lease of an outbox."""
        if answer.headers.get("Content-Type") == "application/json" and "lease" in (said := answer.json()):
            self.variables["LEASE"] = said["lease"] or ""

    def wait_for(self, run: str) -> None:
        """Wait until a run has ended, as a reader of the page would before asking for it."""
        begun = datetime.now(UTC)
        headers = {"Authorization": self.variables["AUTH"].partition(": ")[2]}
        while not requests.get(run, headers=headers, timeout=PATIENCE_SECONDS).json()["finished_at"]:
            assert (datetime.now(UTC) - begun).seconds < PATIENCE_SECONDS, "the run does not end"


@pytest.fixture
def database_url(sqlite_template: SqliteTemplate, tmp_path: Any) -> str:
    return sqlite_template.copy_to(tmp_path)


@pytest.fixture
def xiva() -> Iterator[XivaStandin]:
    with XivaStandin(catalogue(), password=PASSWORD) as standin:
        yield standin


@pytest.fixture
def settings_overrides(xiva: XivaStandin) -> dict[str, Any]:
    return {
        "xiva": {"base_url": xiva.base_url, "username": xiva.username, "password": PASSWORD},
        "encryption_keys": ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="],
    }


@pytest.fixture
def served(app: Flask, xiva: XivaStandin) -> Iterator[Served]:
    with app.app_context():
        run = ProductSyncService().sync_from_xiva()
        assert run.status == "applied", run.error
        db.session.remove()
    token = Program.with_scopes(app, *SCOPES).token
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(f"http://127.0.0.1:{server.server_port}", {"AUTH": f"Authorization: Bearer {token}", "TOKEN": token})
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_every_request_of_a_guide_is_answered_as_it_says(served: Served, guide: Path) -> None:
    wrong: list[str] = []
    served.variables["API"] = base_of(guide)
    for example in examples(guide):
        answer = served.send(example)
        wrong += [f"{guide.name} line {example.line}: {fault}" for fault in faults_of(example, answer)]
        served.note(answer)
        if answer.status_code == 202 and "/sync/runs/" in answer.headers.get("Location", ""):
            served.wait_for(answer.headers["Location"])

    assert not wrong, "\n".join(wrong)


def faults_of(example: Example, answer: requests.Response) -> Iterator[str]:
    if example.status is not None and example.status != answer.status_code:
        yield f"the answer is {answer.status_code}: {answer.text[:300]}"
        return
    for name, value in example.headers.items():
        given = answer.headers.get(name)
        if given is None or (name in {"ETag", "Content-Type"} and given != value):
            yield f"{name} is {given!r}"
    if not example.body:
        return
    if answer.headers["Content-Type"] == "application/x-ndjson":
        lines = [line for line in example.body.splitlines() if line != MORE]
        pairs = zip(lines, answer.text.splitlines(), strict=False)
        yield from (fault for line, other in pairs for fault in differences(shape(line), orjson.loads(other)))
    else:
        yield from differences(shape(example.body), answer.json())


def test_the_guides_name_every_route(app: Flask) -> None:
    asked = {
        (request.method or ("POST" if request.data is not None else "GET"), path_of(request.url))
        for guide in OUR_API
        for request in (
            example.request({"API": "", "AUTH": "", "TOKEN": "", "LEASE": ""}) for example in examples(guide)
        )
    }
    missing = []
    for route in api_routes(app):
        adapter = app.url_map.bind("localhost")
        if not any(
            method == route.method and adapter.match(BASE + path, method=method)[0] == route.endpoint
            for method, path in asked
        ):
            missing.append(f"{route.method} {route.path}")

    assert missing == []


def path_of(url: str) -> str:
    return url.partition("?")[0]
