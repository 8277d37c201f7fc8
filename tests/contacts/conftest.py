"""A session on an empty database, people, and a program of the campaign engine."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from catalog_app.core.db import engine_options
from tests.support.api import Program
from tests.support.clients import Browser
from tests.support.people import signed_in_as


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """Return a session that is never committed."""
    engine = create_engine(database_url, **engine_options(database_url))
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def viewer(app: Flask) -> Browser:
    return signed_in_as(app, "viewer")


@pytest.fixture
def editor(app: Flask) -> Browser:
    return signed_in_as(app, "editor")


@pytest.fixture
def admin(app: Flask) -> Browser:
    return signed_in_as(app, "admin")


@pytest.fixture
def engine(app: Flask) -> Program:
    return Program.with_scopes(app, "campaigns:read", "campaigns:write", "admin")
