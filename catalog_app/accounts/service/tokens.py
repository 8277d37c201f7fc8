"""API tokens: made once, recognised by their hash, and never seen again."""

import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.accounts.journal import write_down
from catalog_app.accounts.models import ApiToken
from catalog_app.accounts.roles import Bearer
from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.token_cache import hash_of, token_cache
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError, Sentence

log = structlog.get_logger(__name__)

TOUCH_EVERY = timedelta(minutes=1)
"""Using a token does not write each time: `last_used_at` may be this old."""

_ALPHABET = string.ascii_lowercase + string.digits


def create(new: NewToken, *, actor: str) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which cannot be had again. Raises RuleError."""
    now = utcnow()
    if new.expires_at is not None and new.expires_at <= now:
        raise RuleError({"expires_at": Sentence("The end has to be in the future.")})
    prefix = "pc_" + "".join(secrets.choice(_ALPHABET) for _ in range(8))
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        name=new.name,
        prefix=prefix,
        secret_hash=hash_of(secret),
        scopes=list(new.scopes),
        created_at=now,
        created_by=actor,
        expires_at=new.expires_at,
    )
    with writing() as session:
        session.add(token)
        session.flush()
        scopes = {"scopes": [None, token.scopes]}
        write_down(session, ("token", token.id, token.name), scopes, action="created", actor=actor, at=now)
    log.info("token created", bearer=token.id)
    return token, secret


def find(secret: str) -> Bearer | None:
    """Return the token that this is, or None if it is none, revoked or expired.

    One query by an index, and none at all where this process asked for the token within the last seconds.
    """
    digest = hash_of(secret)
    if digest is None:
        return None
    return token_cache().known(digest) or _looked_up(digest)


def _looked_up(digest: str) -> Bearer | None:
    now, begun = utcnow(), token_cache().begin()
    usable = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now)
    token = db.session.scalar(
        select(ApiToken).where(ApiToken.secret_hash == digest, ApiToken.revoked_at.is_(None), usable),
        execution_options={"populate_existing": True},
    )
    if token is None:
        return None
    bearer = Bearer(token_id=token.id, name=token.name, scopes=frozenset(token.scopes))
    token_cache().keep(digest, bearer, token.expires_at, begun=begun)
    if token.last_used_at is None or token.last_used_at <= now - TOUCH_EVERY:
        _touch(token.id, now)
    return bearer


def all_tokens() -> Sequence[ApiToken]:
    """Return every token, usable ones first, then by name."""
    return db.session.scalars(
        select(ApiToken).order_by(ApiToken.revoked_at.is_not(None), ApiToken.name, ApiToken.id),
    ).all()


def by_id(token_id: int) -> ApiToken:
    """Return the token with this number; raises NotFoundError."""
    token = db.session.get(ApiToken, token_id)
    if token is None:
        raise NotFoundError(Sentence("There is no such token."))
    return token


def count_usable() -> int:
    """Return how many tokens open the API now."""
    usable = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > utcnow())
    query = select(func.count()).select_from(ApiToken).where(ApiToken.revoked_at.is_(None), usable)
    return db.session.execute(query).scalar_one()


def named(name_or_prefix: str) -> ApiToken:
    """Return the one unrevoked token of this prefix or name; raises NotFoundError, or ConflictError for several."""
    query = select(ApiToken).where(ApiToken.revoked_at.is_(None))
    either = or_(ApiToken.prefix == name_or_prefix, ApiToken.name == name_or_prefix)
    tokens = db.session.scalars(query.where(either).order_by(ApiToken.id)).all()
    if not tokens:
        raise NotFoundError(Sentence("There is no token %(name)s that could be revoked.", name=name_or_prefix))
    if len(tokens) > 1:
        prefixes = ", ".join(token.prefix for token in tokens)
        raise ConflictError(
            Sentence(
                "%(tokens)s tokens are named %(name)s; say which by its prefix: %(prefixes)s.",
                tokens=len(tokens),
                name=name_or_prefix,
                prefixes=prefixes,
            )
        )
    return tokens[0]


def revoke(token_id: int, *, actor: str) -> ApiToken:
    """End a token at once; revoking one twice changes nothing. Raises NotFoundError."""
    now = utcnow()
    with writing() as session:
        token = session.get(ApiToken, token_id, with_for_update=True)
        if token is None:
            raise NotFoundError(Sentence("There is no such token."))
        if token.revoked_at is None:
            token.revoked_at = now
            write_down(session, ("token", token.id, token.name), {}, action="revoked", actor=actor, at=now)
    token_cache().forget()
    log.info("token revoked", bearer=token.id)
    return token


def _touch(token_id: int, now: datetime) -> None:
    stale = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - TOUCH_EVERY)
    statement = update(ApiToken).where(ApiToken.id == token_id, stale).values(last_used_at=now)
    try:
        with writing() as session:
            session.execute(statement, execution_options={"synchronize_session": False})
    except SQLAlchemyError as error:
        # The API answers reads while nothing can be written, as with a full disk; the next request tries again.
        log.warning("token not marked as used", bearer=token_id, error=type(error).__name__)
