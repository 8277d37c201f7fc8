"""Tokens that a process remembers for some seconds, and what that means for revoking them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, update

from catalog_app.accounts.models import ApiToken
from catalog_app.accounts.roles import Bearer
from catalog_app.accounts.service import tokens
from catalog_app.accounts.token_cache import TokenCache, token_cache_of
from catalog_app.core.db import db, writing
from tests.support.api import Program

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEARER = Bearer(7, "engine", frozenset({"products:read"}))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@contextmanager
def lookups() -> Iterator[list[str]]:
    """Collect the statements that ask for tokens."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM api_token" in statement:
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_token_is_looked_up_once_in_five_seconds(app: Flask, clock: time_machine.Traveller) -> None:
    api = Program.with_scopes(app, "products:read")
    with lookups() as asked:
        for _ in range(3):
            api.get("/products/")
        assert len(asked) == 1
        clock.shift(5)
        api.get("/products/")
        assert len(asked) == 2


@pytest.mark.parametrize("settings_overrides", [{"token_cache_seconds": 0}])
def test_without_a_cache_it_is_looked_up_each_time(app: Flask) -> None:
    api = Program.with_scopes(app, "products:read")
    with lookups() as asked:
        for _ in range(3):
            api.get("/products/")
    assert len(asked) == 3


def test_a_token_that_was_revoked_here_is_refused_at_once(app: Flask, clock: time_machine.Traveller) -> None:
    api = Program.with_scopes(app, "products:read")
    assert api.get("/products/").status_code == 200

    tokens.revoke(tokens.all_tokens()[0].id, actor="cli")

    assert api.get("/products/").status_code == 401


def test_a_token_that_was_revoked_elsewhere_is_refused_after_five_seconds(
    app: Flask, clock: time_machine.Traveller
) -> None:
    api = Program.with_scopes(app, "products:read")
    assert api.get("/products/").status_code == 200
    with writing() as session:
        session.execute(update(ApiToken).values(revoked_at=START))

    assert api.get("/products/").status_code == 200
    clock.shift(5)
    assert api.get("/products/").status_code == 401


def test_a_token_that_is_revoked_while_it_is_looked_up_is_not_remembered() -> None:
    cache = TokenCache(5)
    begun = cache.begin()
    cache.forget()
    cache.keep("digest", BEARER, None, begun=begun)

    assert cache.known("digest") is None


def test_a_remembered_token_ends_when_its_time_is_over(clock: time_machine.Traveller) -> None:
    cache = TokenCache(5)
    cache.keep("digest", BEARER, START + timedelta(seconds=2), begun=cache.begin())

    assert cache.known("digest") == BEARER
    clock.shift(2)
    assert cache.known("digest") is None


def test_a_clock_that_is_put_back_makes_nothing_last_longer(clock: time_machine.Traveller) -> None:
    cache = TokenCache(5)
    cache.keep("digest", BEARER, None, begun=cache.begin())

    clock.shift(timedelta(hours=-1))

    assert cache.known("digest") is None


def test_guesses_are_not_remembered(app: Flask) -> None:
    for number in range(5):
        Program(app, f"pc_{number:08}_{'x' * 43}").get("/products/")

    assert token_cache_of(app)._known == {}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_a_header_is_read_as_flask_reads_it(app: Flask, scheme: str) -> None:
    api = Program.with_scopes(app, "products:read")
    header = f"{scheme} {api.token}"

    assert token_cache_of(app).find(header) is None
    assert app.test_client().get("/api/loyalty/v1/products/", headers={"Authorization": header}).status_code == 200
    found = token_cache_of(app).find(header)
    assert found is not None
    assert found.scopes == {"products:read"}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic x", "Bearer a b", "Bearer pc_\xff"])
def test_what_is_no_token_is_not_found(app: Flask, header: str | None) -> None:
    assert token_cache_of(app).find(header) is None
