"""The tables of accounts. No password, session id or token is ever stored, only what can recognise one."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.accounts.roles import ROLES
from catalog_app.core.clock import utcnow
from catalog_app.core.columns import Json
from catalog_app.core.db import Base

_KNOWN_ROLE = "role IN ({})".format(", ".join(f"'{role}'" for role in ROLES))


class User(Base):
    """A person who may sign in. `email` is casefolded, so that one person has one account."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(255))
    # True where somebody else has seen the password: it opens the profile page and nothing more.
    must_change_password: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    created_by: Mapped[str] = mapped_column(String(255))
    last_login_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint(_KNOWN_ROLE, name="role_known"), {"sqlite_autoincrement": True})


class UserIdentity(Base):
    """Who somebody is at a provider of identities: found by these two, which belong to nobody else, ever."""

    __tablename__ = "user_identity"

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), unique=True)
    created_at: Mapped[datetime]


class UserSession(Base):
    """One sign-in of one person on one device. `secret_hash` is the SHA-256 of what the cookie holds."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(200))
    revoked_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "user_id", "created_at"), Index(None, "expires_at"), {"sqlite_autoincrement": True})


class ApiToken(Base):
    """What a program shows to use the API. `prefix` may be seen by people; `secret_hash` covers the whole token."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    created_by: Mapped[str] = mapped_column(String(255))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "name"), {"sqlite_autoincrement": True})


class Preference(Base):
    """How one person likes one thing, such as the columns of a list; `key` names the thing."""

    __tablename__ = "preference"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)


class LoginThrottle(Base):
    """How often one thing (an account, an address, or both together) was tried lately without success.

    `key` is a hash: people type passwords into the e-mail field.
    """

    __tablename__ = "login_throttle"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    counted_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]

    __table_args__ = (Index(None, "counted_at"),)
