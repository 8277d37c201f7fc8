"""An answer that comes before its body was read does not break the caller's next request on the same connection."""

from collections.abc import Iterator
from http.client import HTTPConnection
from typing import NamedTuple

import pytest

from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.settings import Settings
from tests.hostile.server import serving
from tests.support.api import Program
from tests.support.databases import SECRET_KEY, SqliteTemplate, plain_settings

TIMES = 40
BODY = b'{"name":' + b" " * 100_000
"""Longer than what comes in one piece with the headers."""


class Met(NamedTuple):
    """Where the server listens, and a token that it takes."""

    port: int
    token: str


@pytest.fixture(scope="module")
def met(sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    """Return one server for all of these tests: nothing here is about the database."""
    folder = tmp_path_factory.mktemp("server")
    values = plain_settings(sqlite_template.copy_to(folder), folder)
    app = create_app(Settings.model_validate(values))
    token = Program.with_scopes(app, "products:read").token
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    environment = {
        "CATALOG_DATABASE_URL": str(values["database_url"]),
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(folder),
        "CATALOG_SCHEDULER_ENABLED": "false",
    }
    with serving(environment) as running:
        yield Met(running.port, token)


def test_an_early_answer_leaves_the_connection_usable_or_says_that_it_ends(met: Met) -> None:
    # Refused for the scope before anything is read, and refused as a stranger.
    assert _answers(met.port, met.token) == {(403, False)}
    assert _answers(met.port, "pc_nobody") == {(401, True)}


def test_a_body_that_does_not_say_how_long_it_is_breaks_no_request_after_it_either(met: Met) -> None:
    assert _answers(met.port, met.token, in_chunks=True) == {(403, True)}
    assert _answers(met.port, "pc_nobody", in_chunks=True) == {(401, True)}


def test_a_body_in_chunks_that_was_read_to_its_end_keeps_the_connection(met: Met) -> None:
    connection = HTTPConnection("127.0.0.1", met.port, timeout=20)
    headers = {"Authorization": f"Bearer {met.token}", "Content-Type": "application/json"}
    asked = iter([b'{"customer_features": {},', b' "product_ids": [1]}'])

    connection.request("POST", "/api/loyalty/v1/products/eligibility/", asked, headers, encode_chunked=True)
    answer = connection.getresponse()

    assert (answer.status, answer.will_close, bool(answer.read())) == (200, False, True)
    connection.close()


def _answers(port: int, token: str, *, in_chunks: bool = False) -> set[tuple[int, bool]]:
    """Return how one connection that stays open was answered, and whether it was told that it ends."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    told = set()
    for _ in range(TIMES):
        body = iter([BODY, BODY]) if in_chunks else BODY
        connection.request("POST", "/api/loyalty/v1/products/", body, headers, encode_chunked=in_chunks)
        answer = connection.getresponse()
        answer.read()
        told.add((answer.status, answer.will_close))
    connection.close()
    return told
