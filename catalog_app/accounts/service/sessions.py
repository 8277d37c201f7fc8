"""Who is signed in where. A session is a row, so it can be ended from anywhere and at once."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from catalog_app.accounts.models import User, UserSession
from catalog_app.accounts.roles import SignedIn
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader, Rows, moment_of
from catalog_app.core.wiring import settings

log = structlog.get_logger(__name__)

TOUCH_EVERY = timedelta(minutes=1)
"""Looking at pages does not write each time: `last_seen_at` may be this old."""

_SIGNED_IN: Final = """
    SELECT person.id, user_session.id, email, name, role, must_change_password, last_seen_at
    FROM user_session JOIN user_account AS person ON person.id = user_session.user_id
    WHERE secret_hash = {0} AND revoked_at IS NULL AND expires_at > {0} AND last_seen_at > {0} AND is_active
"""


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lasts without use, and at most."""

    idle: timedelta
    absolute: timedelta

    @property
    def touch_every(self) -> timedelta:
        # With a short idle limit a person at work would be signed out between two touches.
        return min(TOUCH_EVERY, self.idle / 4)


@dataclass(frozen=True)
class Client:
    """Where a request comes from."""

    address: str
    user_agent: str


def limits() -> SessionLimits:
    """Return the limits that the settings give."""
    return SessionLimits(
        idle=timedelta(minutes=settings().session_idle_minutes),
        absolute=timedelta(hours=float(settings().session_hours)),
    )


def start_in(session: Session, user: User, client: Client, now: datetime) -> str:
    """Add a session to a running use case and return its secret, which only the cookie will know."""
    secret = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            secret_hash=hash_of(secret),
            user_id=user.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + limits().absolute,
            address=client.address[:64],
            user_agent="".join(character for character in client.user_agent if character.isprintable())[:200],
        ),
    )
    return secret


def find(secret: str) -> SignedIn | None:
    """Return who is signed in with this secret, or None if nobody is any more. One query."""
    now = utcnow()
    # Past the ORM: every page asks this, and the statement would cost ten times what the driver needs for it.
    rows = read_connections().read(lambda reader: _signed_in(reader, secret, now))
    if not rows:
        return None
    user_id, session_id, email, name, role, must_change_password, last_seen_at = rows[0]
    if moment_of(last_seen_at) <= now - limits().touch_every:
        _touch(session_id, now)
    return SignedIn(user_id, session_id, email, name, role, bool(must_change_password))


def _signed_in(reader: Reader, secret: str, now: datetime) -> Rows:
    moments = (reader.stored(now), reader.stored(now - limits().idle))
    return reader.rows(_SIGNED_IN.format(reader.place), (hash_of(secret), *moments))


def end(secret: str) -> None:
    """End the session of this secret, if there is one."""
    with writing() as session:
        end_in(session, UserSession.secret_hash == hash_of(secret))


def end_one(user_id: int, session_id: int) -> None:
    """End one session of a person; raises NotFoundError if it is not theirs, or over."""
    with writing() as session:
        if not end_in(session, UserSession.user_id == user_id, UserSession.id == session_id):
            raise NotFoundError(Sentence("There is no such session."))


def end_all(user_id: int) -> int:
    """End every session of a person and return how many there were."""
    with writing() as session:
        return end_in(session, UserSession.user_id == user_id)


def end_in(session: Session, *which: ColumnElement[bool]) -> int:
    """End sessions within a running use case and return how many lived."""
    now = utcnow()
    statement = update(UserSession).where(*which, UserSession.revoked_at.is_(None)).values(revoked_at=now)
    ended = session.scalars(
        statement.returning(UserSession.id),
        execution_options={"synchronize_session": False},
    )
    return len(ended.all())


def living_of(user_id: int) -> Sequence[UserSession]:
    """Return the sessions in which a person is signed in, the latest used first."""
    query = _living(utcnow()).where(UserSession.user_id == user_id)
    return db.session.scalars(query.order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())).all()


def last_seen(user_ids: Iterable[int]) -> dict[int, datetime]:
    """Return when each of these people was last seen, in any session; who never signed in is left out."""
    latest = func.max(UserSession.last_seen_at).label("seen")
    query = select(UserSession.user_id, latest).where(UserSession.user_id.in_(set(user_ids)))
    rows = db.session.execute(query.group_by(UserSession.user_id)).all()
    return {row.user_id: row.seen for row in rows}


def _living(now: datetime) -> Select[UserSession]:
    return select(UserSession).where(
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > now,
        UserSession.last_seen_at > now - limits().idle,
    )


def _touch(session_id: int, now: datetime) -> None:
    stale = UserSession.last_seen_at <= now - limits().touch_every
    statement = update(UserSession).where(UserSession.id == session_id, stale).values(last_seen_at=now)
    try:
        with writing() as session:
            session.execute(statement, execution_options={"synchronize_session": False})
    except SQLAlchemyError as error:
        # Reading goes on while nothing can be written, as with a full disk; the next request tries again.
        log.warning("session not marked as seen", session=session_id, error=type(error).__name__)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
