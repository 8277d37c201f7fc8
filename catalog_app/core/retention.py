"""What rooms keep for a time and then forget: asked for by one command, and once a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, func, select

from catalog_app.core.db import Base, db
from catalog_app.core.wiring import providers


@dataclass(frozen=True)
class Over:
    """How long a kind of row is kept, and how many have been kept for longer."""

    kept_for: timedelta
    count: int


class Retention(Protocol):
    """A room that keeps something for a time."""

    def __call__(self) -> Mapping[str, int]:
        """Delete what has been kept for long enough, and return how many of each kind that were."""
        ...


class Keeping(Protocol):
    """The same room, asked what its `Retention` would delete now."""

    def __call__(self) -> Mapping[str, Over]:
        """Return it by the same names, and delete nothing."""
        ...


def over(kind: type[Base], kept_for: timedelta, *conditions: ColumnElement[bool]) -> Over:
    """Count the rows of a table that meet the conditions."""
    session = db.session()
    session.rollback()
    return Over(kept_for, session.execute(select(func.count()).select_from(kind).where(*conditions)).scalar_one())


def to_forget() -> dict[str, Over]:
    """Return what `forget` would delete now, and for how long each kind is kept."""
    found: dict[str, Over] = {}
    for keeping in providers(Keeping):
        found.update(keeping())
    return found


def forget() -> dict[str, int]:
    """Have every room delete what it has kept for long enough. Safe to call at any time, by several at once."""
    gone: dict[str, int] = {}
    for purge in providers(Retention):
        gone.update(purge())
    return gone
