"""Who signs in with an account elsewhere, and whether passwords still open this place."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from catalog_app.accounts.models import User, UserIdentity
from catalog_app.core.db import db
from catalog_app.core.wiring import settings


def is_linked(user_id: int) -> bool:
    """Return whether a person signs in with an account elsewhere."""
    return bool(db.session.scalar(select(exists().where(UserIdentity.user_id == user_id))))


def unlink_in(session: Session, user_id: int) -> bool:
    """Let an account be one with a password again, within a running use case; the next sign-in there links it anew."""
    found = session.scalar(select(UserIdentity).where(UserIdentity.user_id == user_id))
    if found is not None:
        session.delete(found)
    return found is not None


def opens_by_password(session: Session, user: User) -> bool:
    """Return whether the password of this account counts.

    Where passwords are switched off, an admin still gets in with one until an admin gets in through the provider:
    or a mistake in the settings would lock everybody out.
    """
    return settings().password_login or (user.role == "admin" and not _has_linked_admin(session))


def passwords_open() -> bool:
    """Return whether anybody may sign in with a password now."""
    return settings().password_login or not _has_linked_admin(db.session())


def _has_linked_admin(session: Session) -> bool:
    linked = exists().where(UserIdentity.user_id == User.id)
    return bool(session.scalar(select(exists().where(User.role == "admin", User.is_active, linked))))
