"""The contact policy: how often, when, and with whose consent customers may be contacted. There is one, for everybody."""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.contacts.models import ContactPolicy
from catalog_app.core.reader import Reader

THE_POLICY: Final = 1
"""The id of its row, which the migration makes."""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many contacts in any stretch of so many days: through one channel, or through all of them together."""

    channel: str | None
    most: int
    days: int

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.days)

    def counts(self, channel: str) -> bool:
        """Return whether a contact through this channel counts."""
        return self.channel is None or self.channel == channel


@dataclass(frozen=True)
class Policy:
    """What is asked before anybody is contacted. `time_zone` is that of a customer of whom none is known."""

    caps: tuple[Cap, ...] = ()
    quiet_from: str | None = None
    quiet_to: str | None = None
    time_zone: str = "UTC"
    consent_channels: frozenset[str] = frozenset()
    version: int = 1

    @property
    def reach(self) -> timedelta:
        """Return how far back the caps look."""
        return max((cap.span for cap in self.caps), default=timedelta())


def policy_of(session: Session) -> Policy:
    """Return the policy as it stands."""
    return _policy(session.execute(_POLICY).one())


def policy_read(reader: Reader) -> tuple[Policy, bytes]:
    """Return the policy as it stands, and what customer ids are hashed with, read past the ORM."""
    names = ("caps", "quiet_from", "quiet_to", "time_zone", "consent_channels", "version", "salt")
    row = dict(zip(names, reader.rows(f"SELECT {', '.join(names)} FROM contact_policy WHERE id = 1")[0], strict=True))  # noqa: S608  # our own names
    for name in ("caps", "consent_channels"):
        row[name] = reader.json(row[name])
    return _policy(SimpleNamespace(**row)), bytes.fromhex(row["salt"])


def _policy(row: Any) -> Policy:
    return Policy(
        caps=tuple(Cap(entry["channel"], entry["most"], entry["days"]) for entry in row.caps),
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        time_zone=row.time_zone,
        consent_channels=frozenset(row.consent_channels),
        version=row.version,
    )


def policy_row(session: Session) -> ContactPolicy:
    """Return the row behind it. One look, and none where the session has it."""
    return session.get_one(ContactPolicy, THE_POLICY)


def salt_of(session: Session) -> bytes:
    """Return what customer ids are hashed with."""
    return bytes.fromhex(session.execute(_SALT).scalar_one())


_table: Final = ContactPolicy.metadata.tables[ContactPolicy.__tablename__]
_POLICY: Final = select(_table).where(_table.c.id == THE_POLICY)
_SALT: Final = select(_table.c.salt).where(_table.c.id == THE_POLICY)
