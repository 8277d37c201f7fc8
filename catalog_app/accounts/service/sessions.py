"""Who is signed in where. A session is a row, so it can be ended from anywhere and at once."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from catalog_app.accounts.models import User, UserSession
from catalog_app.accounts.roles import SignedIn
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import NotFoundError
from catalog_app.core.wiring import settings

log = structlog.get_logger(__name__)

TOUCH_EVERY = timedelta(minutes=1)
"""Looking at pages does not write each time: `last_seen_at` may be this old."""


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
    query = _living(now).add_columns(User).join(User, User.id == UserSession.user_id)
    row = db.session.execute(query.where(UserSession.secret_hash == hash_of(secret), User.is_active)).first()
    if row is None:
        return None
    current, user = row
    found = SignedIn(
        user_id=user.id,
        session_id=current.id,
        email=user.email,
        name=user.name,
        role=user.role,
        must_change_password=user.must_change_password,
    )
    if current.last_seen_at <= now - limits().touch_every:
        _touch(current.id, now)
    return found


def end(secret: str) -> None:
    """End the session of this secret, if there is one."""
    with writing() as session:
        end_in(session, UserSession.secret_hash == hash_of(secret))


def end_one(user_id: int, session_id: int) -> None:
    """End one session of a person; raises NotFoundError if it is not theirs, or over."""
    with writing() as session:
        if not end_in(session, UserSession.user_id == user_id, UserSession.id == session_id):
            raise NotFoundError("There is no such session.")


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
