"""The people who may sign in: made, changed and disabled by an admin."""

import secrets
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog_app.accounts.journal import write_down
from catalog_app.accounts.models import User, UserSession
from catalog_app.accounts.passwords import check_password, hash_password
from catalog_app.accounts.roles import ROLES, Role
from catalog_app.accounts.schema import NewUser, email_key
from catalog_app.accounts.service import sessions
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError

log = structlog.get_logger(__name__)

LAST_ADMIN = "This is the last active admin. Make somebody else an admin first."


def all_users() -> Sequence[User]:
    """Return everybody, active ones first, by e-mail address."""
    return db.session.scalars(select(User).order_by(User.is_active.desc(), User.email)).all()


def by_id(user_id: int) -> User:
    """Return the user with this number; raises NotFoundError."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFoundError("There is no such user.")
    return user


def by_email(email: str) -> User:
    """Return the user with this e-mail address; raises NotFoundError."""
    try:
        user = db.session.scalar(select(User).where(User.email == email_key(email)))
    except ValueError as error:
        raise RuleError({"email": str(error)}) from None
    if user is None:
        raise NotFoundError(f"There is no user {email}.")
    return user


def who_may(role: Role) -> Sequence[str]:
    """Return the names of up to two active people who have `role` or one above it."""
    enough = ROLES[ROLES.index(role) :]
    query = select(User.name).where(User.is_active, User.role.in_(enough)).order_by(User.name, User.id)
    return db.session.scalars(query.limit(2)).all()


def create(new: NewUser, password: str, *, actor: str) -> User:
    """Make an account whose owner knows the password. Raises RuleError, or ConflictError where it exists."""
    check_password(password, about=(new.email, new.name))
    return _create(new, password, must_change_password=False, actor=actor)


def invite(new: NewUser, *, actor: str) -> tuple[User, str]:
    """Make an account and return it with a password that its owner has to change at the first sign-in."""
    password = _made_up_password()
    return _create(new, password, must_change_password=True, actor=actor), password


def change_role(user_id: int, role: Role, *, actor: str) -> User:
    """Give a user another role, at once and in every session. Raises ConflictError for the last active admin."""
    with writing() as session:
        admins = _active_admins(session)
        user = _for_change(session, user_id)
        if role != "admin" and admins == {user.id}:
            raise ConflictError(LAST_ADMIN)
        if user.role != role:
            _written(session, user, {"role": [user.role, role]}, action="role changed", actor=actor)
            user.role = role
    return user


def disable(user_id: int, *, actor: str) -> User:
    """Close an account and end its sessions. Raises ConflictError for the last active admin."""
    with writing() as session:
        admins = _active_admins(session)
        user = _for_change(session, user_id)
        if admins == {user.id}:
            raise ConflictError(LAST_ADMIN)
        if user.is_active:
            _written(session, user, {"is_active": [True, False]}, action="disabled", actor=actor)
            user.is_active = False
            sessions.end_in(session, UserSession.user_id == user.id)
    return user


def enable(user_id: int, *, actor: str) -> User:
    """Open a closed account again, with the password it had."""
    with writing() as session:
        user = _for_change(session, user_id)
        if not user.is_active:
            _written(session, user, {"is_active": [False, True]}, action="enabled", actor=actor)
            user.is_active = True
    return user


def reset_password(user_id: int, *, actor: str) -> tuple[User, str]:
    """End a user's sessions and return a password that they have to change at the next sign-in."""
    password = _made_up_password()
    fresh = hash_password(password)
    with writing() as session:
        user = _for_change(session, user_id)
        user.password_hash = fresh
        user.must_change_password = True
        sessions.end_in(session, UserSession.user_id == user.id)
        _written(session, user, {}, action="password reset", actor=actor)
    return user, password


def _create(new: NewUser, password: str, *, must_change_password: bool, actor: str) -> User:
    user = User(
        email=new.email,
        name=new.name,
        role=new.role,
        password_hash=hash_password(password),
        must_change_password=must_change_password,
        is_active=True,
        created_by=actor,
    )
    try:
        with writing() as session:
            session.add(user)
            session.flush()
            _written(session, user, {"role": [None, user.role]}, action="created", actor=actor)
    except IntegrityError:
        raise ConflictError(f"There is already a user {new.email}.") from None
    return user


def _written(session: Session, user: User, changes: dict[str, Any], *, action: str, actor: str) -> None:
    write_down(session, ("user", user.id, user.email), changes, action=action, actor=actor, at=utcnow())
    log.info("user changed", action=action, user=user.id)


def _active_admins(session: Session) -> set[int]:
    # Locked in one order before anything is decided: two admins who demote each other at the same moment would
    # otherwise both succeed and leave nobody.
    query = select(User.id).where(User.role == "admin", User.is_active).order_by(User.id).with_for_update()
    return set(session.scalars(query))


def _for_change(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFoundError("There is no such user.")
    return user


def _made_up_password() -> str:
    return secrets.token_urlsafe(18)
