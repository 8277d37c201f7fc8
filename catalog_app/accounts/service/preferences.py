"""How each person likes things: small values by a key, which every room reads and writes for itself."""

from typing import Any

import orjson
from sqlalchemy.orm import Session

from catalog_app.accounts.models import Preference
from catalog_app.core.db import writing
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader

_VALUE = "SELECT value FROM preference WHERE user_id = {0} AND key = {0}"


def preference(user_id: int, key: str) -> Any | None:
    """Return what a person prefers, None where they never said."""
    # Past the session: every list asks this, and the statement would cost many times what the driver needs for it.
    return read_connections().read(lambda reader: _value(reader, user_id, key))


def _value(reader: Reader, user_id: int, key: str) -> Any | None:
    value = reader.value(_VALUE.format(reader.place), (user_id, key))
    return value if value is None or reader.is_postgresql else orjson.loads(value)


def prefer(user_id: int, key: str, value: Any) -> None:
    """Remember what a person prefers."""
    with writing() as session:
        prefer_in(session, user_id, key, value)


def prefer_in(session: Session, user_id: int, key: str, value: Any) -> None:
    """Remember it inside the caller's transaction."""
    # Held, so that two windows of one person do not overwrite each other halfway.
    found = session.get(Preference, (user_id, key), with_for_update=True)
    if found is None:
        session.add(Preference(user_id=user_id, key=key, value=value))
    else:
        found.value = value
