"""Signing in people whom a provider of identities knows: found again, introduced to the account they have, or new here."""

import secrets
from datetime import datetime

import structlog
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog_app.accounts.figures import ACCEPTED, SIGN_INS
from catalog_app.accounts.journal import write_down
from catalog_app.accounts.models import User, UserIdentity, UserSession
from catalog_app.accounts.oidc.faults import SignInRefusedError
from catalog_app.accounts.oidc.person import Person
from catalog_app.accounts.passwords import hash_password
from catalog_app.accounts.service import sessions
from catalog_app.accounts.service.sessions import Client
from catalog_app.accounts.throttle import Arrival, admit, welcome
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import Sentence

log = structlog.get_logger(__name__)

NO_ROLE = Sentence(
    "Your account there has no role in this product. Ask an admin to be put into a group that has one, and sign in again."
)
NO_ADDRESS = Sentence("The provider did not say an e-mail address, and accounts here are known by one.")
NOT_VERIFIED = Sentence(
    "The provider does not vouch that this e-mail address is yours, so it opens no account here. An admin can help."
)
TAKEN = Sentence("This e-mail address already belongs to somebody else's account here. An admin can help.")
LAST = Sentence(
    "You are the only admin here, and the provider does not make you one. Sign in with your password and make somebody else an admin first."
)
CLOSED = Sentence("Your account here is switched off. An admin can switch it on again.")
AT_ONCE = Sentence("You were signed in twice at the same moment. Begin it again.")


def sign_in(person: Person, client: Client, *, previous: str | None = None) -> str:
    """Return the secret of a new session; the `previous` one of the same browser is ended.

    Somebody new gets an account; who had one with a password keeps it, and its password opens nothing any more.
    The role is what the provider says, each time. Raises SignInRefusedError; whoever has lost their role is
    signed out everywhere.
    """
    now = utcnow()
    unusable = hash_password(secrets.token_urlsafe(32))
    try:
        with writing() as session:
            secret = _signed_in(session, person, client, unusable, now)
            if isinstance(secret, str) and previous is not None:
                sessions.end_in(session, UserSession.secret_hash == sessions.hash_of(previous))
    except IntegrityError:
        raise SignInRefusedError(AT_ONCE, why="two sign-ins made the same account") from None
    if isinstance(secret, SignInRefusedError):
        raise secret
    SIGN_INS.add(ACCEPTED)
    return secret


def arrive(client: Client) -> None:
    """Count that somebody came back from the provider, until `sign_in` takes it back; raise TooManyAttemptsError.

    Each costs a request to the provider, and anybody can come back with something made up.
    """
    with writing() as session:
        admit(session, Arrival(client.address), utcnow())


def _signed_in(
    session: Session, person: Person, client: Client, unusable: str, now: datetime
) -> str | SignInRefusedError:
    known = session.get(UserIdentity, (person.issuer, person.subject))
    user = session.get(User, known.user_id, with_for_update=True) if known else None
    if person.role is None:
        if user is not None:
            sessions.end_in(session, UserSession.user_id == user.id)
        return SignInRefusedError(NO_ROLE, why="the provider gives this person no role")
    if user is None:
        found = _introduced(session, person, unusable, now)
        if isinstance(found, SignInRefusedError):
            return found
        user = found
    if not user.is_active:
        return SignInRefusedError(CLOSED, why=f"account {user.id} is switched off")
    if user.role != person.role:
        _write(session, user, {"role": [user.role, person.role]}, "role changed", now)
        user.role = person.role
    user.last_login_at = now
    welcome(session, Arrival(client.address))
    log.info("signed in", user=user.id, by="oidc", address=client.address)
    return sessions.start_in(session, user, client, now)


def _introduced(session: Session, person: Person, unusable: str, now: datetime) -> User | SignInRefusedError:
    """Return the account of somebody who comes for the first time."""
    if person.email is None:
        return SignInRefusedError(NO_ADDRESS, why="the token names no e-mail address")
    # An address that nobody checked may be anybody's: it would open the account of whoever has it here, or let one
    # person act under another's name.
    if not person.is_email_verified:
        return SignInRefusedError(NOT_VERIFIED, why="the provider does not vouch for the e-mail address")
    user = session.scalar(select(User).where(User.email == person.email).with_for_update())
    if user is not None and not user.is_active:
        return user
    if user is not None and session.scalar(select(exists().where(UserIdentity.user_id == user.id))):
        return SignInRefusedError(TAKEN, why=f"account {user.id} belongs to another subject")
    if user is None:
        user = _made(session, person, unusable, now)
    elif person.role != "admin" and _is_only_admin(session, user):
        return SignInRefusedError(LAST, why=f"account {user.id} is the only admin")
    else:
        # Who knew the password, or holds a session of it, need not be who the provider knows.
        user.password_hash = unusable
        sessions.end_in(session, UserSession.user_id == user.id)
    user.must_change_password = False
    session.add(UserIdentity(issuer=person.issuer, subject=person.subject, user_id=user.id, created_at=now))
    session.flush()
    _write(session, user, {}, "linked", now)
    return user


def _is_only_admin(session: Session, user: User) -> bool:
    others = exists().where(User.role == "admin", User.is_active, User.id != user.id)
    return user.role == "admin" and not session.scalar(select(others))


def _made(session: Session, person: Person, unusable: str, now: datetime) -> User:
    user = User(
        email=person.email,
        name=person.name,
        role=person.role,
        password_hash=unusable,
        must_change_password=False,
        is_active=True,
        created_by=f"user:{person.email}",
    )
    session.add(user)
    session.flush()
    _write(session, user, {"role": [None, user.role]}, "created", now)
    return user


def _write(session: Session, user: User, changes: dict[str, list[str | None]], action: str, now: datetime) -> None:
    write_down(session, ("user", user.id, user.email), changes, action=action, actor=f"user:{user.email}", at=now)
