"""A session on an empty database, without the application around it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from catalog_app.core.db import engine_options


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    """Return a session that is never committed."""
    engine = create_engine(database_url, **engine_options(database_url))
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()
