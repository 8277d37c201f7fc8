"""What the database or its driver refuses on the way, as a sentence: rows go past SQLAlchemy, which would tell of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from catalog_app.core.errors import FatalError


@contextmanager
def told(engine: Engine, afterwards: str) -> Iterator[None]:
    """Raise FatalError, with how things stand afterwards, for whatever the database refuses inside."""
    driver = cast("Any", engine.dialect.loaded_dbapi)
    try:
        yield
    except (DBAPIError, driver.Error) as error:
        kind = type(error.orig if isinstance(error, DBAPIError) else error).__name__
        raise FatalError(f"The database refused ({kind}). {afterwards}") from None
