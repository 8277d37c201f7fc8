"""Writing down what came of messages that were leased, proved by the token of their lease."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Update, bindparam, case, select, update
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import CANCELLED, DEAD, HELD, LEASED, SENT, WAITING, Delivery
from catalog_app.campaigns.senders.base import Handed, Result
from catalog_app.campaigns.senders.due import in_state
from catalog_app.campaigns.senders.registry import SENDERS
from catalog_app.core.backoff import next_try

Code = Literal["settled", "repeated", "taken_over", "cancelled", "unknown"]
"""What became of a word about one message. taken_over: the lease ran out, and somebody else has or had the message."""
CODES: Final[tuple[Code, ...]] = ("settled", "repeated", "taken_over", "cancelled", "unknown")
_deliveries: Final = Delivery.metadata.tables[Delivery.__tablename__]


@dataclass(frozen=True)
class Settled:
    """What became of a word about one message, and how the message stands now; no status for one there is not."""

    delivery_id: int
    code: Code
    status: str | None


def settle(session: Session, token: str, results: Mapping[int, Handed], now: datetime) -> list[Settled]:
    """Note what came of messages, inside the caller's transaction; answer for each in the order it was told.

    A word counts as long as nobody else has leased the message since, even when it comes after the time of the lease;
    of what was cancelled meanwhile, that it was sent. The same word told again changes nothing.
    """
    query = (
        select(*(_deliveries.c[name] for name in ("id", "status", "lease", "attempts", "give_up_at")))
        .where(_deliveries.c.id.in_(results))
        .order_by(_deliveries.c.id)
        .with_for_update()
    )
    rows = {row.id: row for row in session.execute(query)}
    settled: list[Settled] = []
    taken: list[int] = []
    others: list[dict[str, Any]] = []
    for delivery_id, handed in results.items():
        row = rows.get(delivery_id)
        code = _code(row, token, handed)
        status = None if row is None else str(row.status)
        if code == "settled" and row is not None:
            values = _values(row, handed, now)
            status = values["status"]
            if handed.result is Result.TAKEN:
                taken.append(delivery_id)
            else:
                others.append({"of": delivery_id, **{f"to_{name}": value for name, value in values.items()}})
        settled.append(Settled(delivery_id, code, status))
    _write(session, taken, others, now)
    return settled


def settle_all(session: Session, token: str, now: datetime) -> int:
    """Note that everything of a lease that is still leased by it was taken; return how much that is."""
    return session.connection().execute(_left(token).values(_sent(now))).rowcount


def give_back(session: Session, token: str, now: datetime) -> None:
    """Let others have what is left of a lease at once; as far as it is known, nobody tried it."""
    is_first = _deliveries.c.attempts <= 1
    values = {
        "status": WAITING,
        "next_at": now,
        "leased_until": None,
        "attempts": _deliveries.c.attempts - 1,
        "give_up_at": case((is_first, None), else_=_deliveries.c.give_up_at),
    }
    session.connection().execute(_left(token).values(values))


def extend(session: Session, token: str, until: datetime) -> None:
    """Keep what is left of a lease for longer."""
    session.connection().execute(_left(token).values(leased_until=until, next_at=until))


def _left(token: str) -> Update:
    """Return an update of what is left of a lease; its campaign may have another sender by now."""
    names = [sender.name for sender in SENDERS]
    return update(_deliveries).where(*in_state(LEASED, names), _deliveries.c.lease == token)


def _code(row: Any, token: str, handed: Handed) -> Code:
    if row is None:
        return "unknown"
    is_taken = handed.result is Result.TAKEN
    if row.status == HELD or (row.status == CANCELLED and not (is_taken and row.lease == token)):
        return "cancelled"
    if row.lease != token:
        return "taken_over"
    # What was said to have failed may still be said to be sent: its taker may have tried again by itself.
    if row.status == LEASED or (row.status in (WAITING, DEAD, CANCELLED) and is_taken):
        return "settled"
    return "repeated"


def _values(row: Any, handed: Handed, now: datetime) -> dict[str, Any]:
    if handed.result is Result.TAKEN:
        return _sent(now)
    is_last = handed.result is Result.REFUSED or (row.give_up_at is not None and row.give_up_at <= now)
    again = None if is_last else next_try(row.attempts, now, asked=handed.retry_after)
    return {
        "status": DEAD if is_last else WAITING,
        "next_at": again,
        "leased_until": None,
        "ended_at": now if is_last else None,
        "last_error": handed.error,
    }


def _sent(now: datetime) -> dict[str, Any]:
    return {"status": SENT, "next_at": None, "leased_until": None, "ended_at": now, "last_error": None}


def _write(session: Session, taken: list[int], others: list[dict[str, Any]], now: datetime) -> None:
    connection = session.connection()
    if taken:
        connection.execute(update(_deliveries).where(_deliveries.c.id.in_(taken)).values(_sent(now)))
    if others:
        connection.execute(_EACH, others)


_EACH: Final = (
    update(_deliveries)
    .where(_deliveries.c.id == bindparam("of"))
    .values({name: bindparam(f"to_{name}") for name in ("status", "next_at", "leased_until", "ended_at", "last_error")})
)
