"""Requests with an Idempotency-Key: claimed before they are carried out, kept with their answer afterwards.

Only one of several equal requests holds the claim. Its number goes into the transaction that carries the request out:
whoever lost the claim meanwhile (it was frozen, say) writes nothing, so even then it is done once.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, Table, delete, select, update
from sqlalchemy.orm import Session

from catalog_app.core.answers import Answer, Headers
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError
from catalog_app.core.idempotency.models import KeptAnswer
from catalog_app.core.retention import Over, over
from catalog_app.core.sealing import NoKeyError, NotOurSealError, can_seal, seal, unseal
from catalog_app.core.upsert import insert_missing

KEPT_FOR: Final = timedelta(hours=24)
AT_WORK_FOR: Final = timedelta(minutes=2)
"""After this long without an answer, whoever held the claim is taken for dead."""
A_STEP: Final = 1000
_AT_WORK: Final = (
    "An equal request is being carried out just now. Ask again in a moment: its answer will be this one's."
)
_REUSED: Final = "This Idempotency-Key was sent with another request; use a new one for each."
_LOST: Final = (
    "An equal request was carried out, but its answer was lost. Nothing was done again; read what it has changed."
)
_TABLE: Final[Table] = db.metadata.tables[KeptAnswer.__tablename__]


class RefusedError(ConflictError):
    """A request is not carried out because of its key."""

    status: HTTPStatus = HTTPStatus.CONFLICT
    retry_after: str | None = None


class KeyReusedError(RefusedError):
    """The key stands for another request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class AtWorkError(RefusedError):
    """The same request is being carried out just now."""

    retry_after = "1"


class AnswerLostError(RefusedError):
    """The request was carried out, and what it answered cannot be told any more."""


@dataclass(frozen=True)
class Named:
    """A request by its key: `key_hash` says whose and which, `request_hash` what it asks for."""

    key_hash: str
    request_hash: str

    @classmethod
    def of(cls, caller: str, key: str, *parts: bytes) -> "Named":
        return cls(_hash(caller.encode(), key.encode()), _hash(*parts))


@dataclass(frozen=True)
class Claim:
    """The right to carry a request out."""

    key_hash: str
    number: int

    @property
    def row(self) -> tuple[ColumnElement[bool], ...]:
        return _TABLE.c.key_hash == self.key_hash, _TABLE.c.claim == self.number


def claim(named: Named) -> Claim | Answer:
    """Return the right to carry a request out, or the answer that an equal one was given before.

    Raises RefusedError: KeyReusedError, AtWorkError, AnswerLostError.
    """
    now = utcnow()
    with writing() as session:
        insert_missing(session, _TABLE, [_blank(named, now)])
        found = select(KeptAnswer).where(KeptAnswer.key_hash == named.key_hash)
        # Whoever carries the request out holds its row while it commits.
        row = session.scalars(found.with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            raise AtWorkError(_AT_WORK)
        if row.created_at <= now - KEPT_FOR:
            _renew(row, named, now)
        return _claimed(row, named, now)


def mark_done(session: Session, held: Claim) -> None:
    """Write into a transaction that carries the request out that it did; raise ConflictError for a lost claim."""
    if _changed(session, held, {"done_at": utcnow()}) != 1:
        raise ConflictError("This request took so long that an equal one took its place; it changed nothing.")


def keep(held: Claim, answer: Answer) -> None:
    """Keep the answer of a request for those that are equal to it."""
    with writing() as session:
        _changed(session, held, _kept(answer))


def give_up(held: Claim) -> None:
    """Let the next equal request begin anew, unless this one has changed something already."""
    with writing() as session:
        session.connection().execute(delete(_TABLE).where(*held.row, _TABLE.c.done_at.is_(None)))


def due() -> dict[str, Over]:
    """Return what `purge` would delete now."""
    return {"kept_answers": over(KeptAnswer, KEPT_FOR, _TABLE.c.created_at < utcnow() - KEPT_FOR)}


def purge(now: datetime | None = None) -> dict[str, int]:
    """Delete the answers that are no longer given, in small steps, and return how many there were."""
    before = (now or utcnow()) - KEPT_FOR
    old = select(_TABLE.c.key_hash).where(_TABLE.c.created_at < before).limit(A_STEP)
    gone, removed = 0, A_STEP
    while removed == A_STEP:
        with writing() as session:
            removed = session.connection().execute(delete(_TABLE).where(_TABLE.c.key_hash.in_(old))).rowcount
        gone += removed
    return {"kept_answers": gone}


def _claimed(row: KeptAnswer, named: Named, now: datetime) -> Claim | Answer:
    if row.request_hash != named.request_hash:
        raise KeyReusedError(_REUSED)
    if row.status is not None:
        return Answer(row.status, _headers(row.headers), _body(row))
    if row.claim and row.claimed_at > now - AT_WORK_FOR:
        raise AtWorkError(_AT_WORK)
    if row.done_at is not None:
        raise AnswerLostError(_LOST)
    row.claim += 1
    row.claimed_at = now
    return Claim(row.key_hash, row.claim)


def _blank(named: Named, now: datetime) -> Mapping[str, Any]:
    return {
        "key_hash": named.key_hash,
        "request_hash": named.request_hash,
        "created_at": now,
        "claim": 0,
        "claimed_at": now,
        "headers": [],
        "is_sealed": False,
    }


def _renew(row: KeptAnswer, named: Named, now: datetime) -> None:
    """Let a key that is no longer kept begin anew, whatever it stood for; an old claim does not come back to life."""
    row.request_hash, row.created_at = named.request_hash, now
    row.claimed_at = now - AT_WORK_FOR
    row.done_at = row.status = row.body = None
    row.headers = []


def _changed(session: Session, held: Claim, values: Mapping[str, Any]) -> int:
    done: CursorResult[Any] = session.connection().execute(update(_TABLE).where(*held.row).values(values))
    return done.rowcount


def _kept(answer: Answer) -> Mapping[str, Any]:
    is_secret = any(name == "Cache-Control" and "no-store" in value for name, value in answer.headers)
    if is_secret and not can_seal():
        # That it was carried out is all that may be kept of it.
        return {"done_at": utcnow(), "claimed_at": utcnow() - AT_WORK_FOR}
    return {
        "status": answer.status,
        "headers": [list(header) for header in answer.headers],
        "body": _sealed(answer.body) if is_secret else answer.body,
        "is_sealed": is_secret,
    }


def _sealed(body: bytes) -> bytes:
    return seal(body.decode("latin-1")).encode()


def _body(row: KeptAnswer) -> bytes:
    body = row.body or b""
    if not row.is_sealed:
        return body
    try:
        return unseal(body.decode()).encode("latin-1")
    except (NoKeyError, NotOurSealError):
        raise AnswerLostError(_LOST) from None


def _headers(kept: list[Any]) -> Headers:
    return tuple((str(name), str(value)) for name, value in kept)


def _hash(*parts: bytes) -> str:
    """Return one hash of several texts, which no other division of the same bytes has."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8))
        whole.update(part)
    return whole.hexdigest()
