"""Signing in, and changing one's own password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from catalog_app.accounts.figures import ACCEPTED, REFUSED, SIGN_INS
from catalog_app.accounts.journal import write_down
from catalog_app.accounts.models import User, UserSession
from catalog_app.accounts.passwords import hash_password, needs_rehash, verify_password
from catalog_app.accounts.roles import SignedIn
from catalog_app.accounts.schema import email_key
from catalog_app.accounts.service import sessions
from catalog_app.accounts.service.identities import opens_by_password
from catalog_app.accounts.service.new_passwords import check_new
from catalog_app.accounts.service.sessions import Client
from catalog_app.accounts.throttle import Attempt, admit, forgive
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import RuleError, Sentence

log = structlog.get_logger(__name__)

KNOWN_FOR = timedelta(days=90)
"""An address where a person signed in this lately is one of theirs."""

NO_MATCH = Sentence("The e-mail address and the password do not belong together.")


@dataclass(frozen=True)
class _Counted:
    """An attempt that was let through, with the hash that its password has to match; unknown people have none."""

    attempt: Attempt
    user_id: int | None
    password_hash: str | None


def sign_in(email: str, password: str, client: Client, *, previous: str | None = None) -> str:
    """Return the secret of a new session; the `previous` one of the same browser is ended.

    Raises RuleError where e-mail and password do not match an active account, in the same words and after the same
    time whatever is wrong; TooManyAttemptsError where they were not even looked at. The slow check of the password
    holds no transaction.
    """
    counted = _count(email, client)
    if not verify_password(counted.password_hash, password):
        SIGN_INS.add(REFUSED)
        log.warning("sign-in refused", user=counted.user_id, address=client.address)
        raise RuleError({"password": NO_MATCH})
    fresh = hash_password(password) if needs_rehash(counted.password_hash or "") else None
    now = utcnow()
    with writing() as session:
        user = _unchanged(session, counted)
        forgive(session, counted.attempt)
        if previous is not None:
            sessions.end_in(session, UserSession.secret_hash == sessions.hash_of(previous))
        user.password_hash = fresh or user.password_hash
        user.last_login_at = now
        secret = sessions.start_in(session, user, client, now)
    SIGN_INS.add(ACCEPTED)
    log.info("signed in", user=counted.user_id)
    return secret


def change_password(who: SignedIn, current: str, new: str, client: Client) -> str:
    """Give a person a new password, end every session they have, and return the secret of a new one.

    Whoever knew the old password or stole a session is out. Raises RuleError, or TooManyAttemptsError where the
    current password was guessed too often.
    """
    counted = _count(who.email, client)
    if not verify_password(counted.password_hash, current):
        raise RuleError({"current": Sentence("This is not your present password.")})
    if new == current:
        raise RuleError({"new": Sentence("Choose another one than the present password.")})
    _check_new(new, who)
    fresh = hash_password(new)
    now = utcnow()
    with writing() as session:
        user = _unchanged(session, counted)
        forgive(session, counted.attempt)
        user.password_hash = fresh
        user.must_change_password = False
        sessions.end_in(session, UserSession.user_id == user.id)
        write_down(session, ("user", user.id, user.email), {}, action="password changed", actor=who.actor, at=now)
        secret = sessions.start_in(session, user, client, now)
    log.info("password changed", user=who.user_id)
    return secret


def _check_new(new: str, who: SignedIn) -> None:
    try:
        check_new(new, about=(who.email, who.name))
    except RuleError as error:
        raise RuleError({"new": error.errors["password"]}) from None


def _count(email: str, client: Client) -> _Counted:
    now = utcnow()
    account = _account(email)
    with writing() as session:
        user = session.scalar(select(User).where(User.email == account, User.is_active))
        is_known = user is not None and _was_here(session, user, client, now)
        attempt = Attempt(account=account, address=client.address, is_known=is_known)
        admit(session, attempt, now)
        return _Counted(
            attempt,
            user_id=user.id if user else None,
            password_hash=user.password_hash if user else None,
        )


def _account(email: str) -> str:
    try:
        return email_key(email)
    except ValueError:
        return ""


def _was_here(session: Session, user: User, client: Client, now: datetime) -> bool:
    here = exists().where(
        UserSession.user_id == user.id,
        UserSession.address == client.address[:64],
        UserSession.created_at > now - KNOWN_FOR,
    )
    return bool(session.scalar(select(here)))


def _unchanged(session: Session, counted: _Counted) -> User:
    """Return the account as long as it is still the one whose password was checked."""
    user = session.get(User, counted.user_id)
    if user is None or not user.is_active or user.password_hash != counted.password_hash:
        raise RuleError({"password": NO_MATCH})
    if not opens_by_password(session, user):
        log.warning("sign-in refused", user=user.id, reason="passwords are switched off")
        raise RuleError({"password": NO_MATCH})
    return user
