"""The people who may sign in: made, changed and disabled by an admin."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog_app.accounts import throttle
from catalog_app.accounts.journal import write_down
from catalog_app.accounts.models import User, UserSession
from catalog_app.accounts.passwords import hash_password
from catalog_app.accounts.roles import ROLES, Role
from catalog_app.accounts.schema import NewUser, email_key, name_of
from catalog_app.accounts.service import identities, sessions
from catalog_app.accounts.service.new_passwords import check_new
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError, Sentence
from catalog_app.core.text import fold

log = structlog.get_logger(__name__)

LAST_ADMIN = Sentence("This is the last active admin. Make somebody else an admin first.")


def all_users() -> Sequence[User]:
    """Return everybody, active ones first, by e-mail address."""
    return db.session.scalars(select(User).order_by(User.is_active.desc(), User.email)).all()


def ids_by_email(emails: Iterable[str]) -> dict[str, int]:
    """Return the numbers of the accounts with these addresses; an address without one is left out."""
    rows = db.session.execute(select(User.email, User.id).where(User.email.in_(set(emails)))).all()
    return {row.email: row.id for row in rows}


def count_active() -> int:
    """Return how many people may sign in."""
    return db.session.execute(select(func.count()).select_from(User).where(User.is_active)).scalar_one()


def look_for(text: str, *, limit: int) -> Sequence[User]:
    """Return the people whose name or address holds this text, active ones first, by address."""
    query = select(User).order_by(User.is_active.desc(), User.email).limit(limit)
    if text:
        found = or_(User.name.icontains(text, autoescape=True), User.email.icontains(fold(text), autoescape=True))
        query = query.where(found)
    return db.session.scalars(query).all()


def count_all() -> int:
    """Return how many accounts there are, open and closed."""
    return db.session.execute(select(func.count()).select_from(User)).scalar_one()


def by_id(user_id: int) -> User:
    """Return the user with this number; raises NotFoundError."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFoundError(Sentence("There is no such user."))
    return user


def by_email(email: str) -> User:
    """Return the user with this e-mail address; raises NotFoundError."""
    try:
        user = db.session.scalar(select(User).where(User.email == email_key(email)))
    except ValueError as error:
        raise RuleError({"email": str(error)}) from None
    if user is None:
        raise NotFoundError(Sentence("There is no user %(email)s.", email=email))
    return user


def who_may(role: Role) -> Sequence[str]:
    """Return the names of up to two active people who have `role` or one above it."""
    enough = ROLES[ROLES.index(role) :]
    query = select(User.name).where(User.is_active, User.role.in_(enough)).order_by(User.name, User.id)
    return db.session.scalars(query.limit(2)).all()


def create(new: NewUser, password: str, *, actor: str) -> User:
    """Make an account whose owner knows the password. Raises RuleError, or ConflictError where it exists."""
    check_new(password, about=(new.email, new.name))
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
        if identities.unlink_in(session, user.id):
            _written(session, user, {}, action="unlinked", actor=actor)
    return user, password


def rename(user_id: int, name: str, *, actor: str) -> User:
    """Give a user another name to be called by. Raises RuleError."""
    try:
        name = name_of(name)
    except ValueError as error:
        raise RuleError({"name": error.args[0]}) from None
    with writing() as session:
        user = _for_change(session, user_id)
        if user.name != name:
            _written(session, user, {"name": [user.name, name]}, action="updated", actor=actor)
            user.name = name
    return user


def sign_out(user_id: int, *, actor: str) -> int:
    """End every session of a user and return how many there were."""
    with writing() as session:
        user = _for_change(session, user_id)
        ended = sessions.end_in(session, UserSession.user_id == user.id)
        if ended:
            _written(session, user, {}, action="signed out", actor=actor)
    return ended


def waits_until(user: User) -> datetime | None:
    """Return until when a user has to wait before a password is looked at; None where they need not."""
    return throttle.waits_until(db.session(), user.email, _addresses(db.session(), user), utcnow())


def unlock(user_id: int, *, actor: str) -> User:
    """Let a user try to sign in again at once, wherever they did before; other addresses wait to their end."""
    with writing() as session:
        user = _for_change(session, user_id)
        addresses = _addresses(session, user)
        if throttle.waits_until(session, user.email, addresses, utcnow()) is not None:
            _written(session, user, {}, action="unlocked", actor=actor)
        throttle.release(session, user.email, addresses)
    return user


def _addresses(session: Session, user: User) -> Sequence[str]:
    return session.scalars(select(UserSession.address).where(UserSession.user_id == user.id).distinct()).all()


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
        raise ConflictError(Sentence("There is already a user %(email)s.", email=new.email)) from None
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
        raise NotFoundError(Sentence("There is no such user."))
    return user


def _made_up_password() -> str:
    return secrets.token_urlsafe(18)
