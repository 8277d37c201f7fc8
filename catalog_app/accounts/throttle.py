"""How fast passwords may be tried.

Three things are counted: an account from one address, an address, and an account from everywhere. The last two stop
guessing that is spread over accounts or over addresses, and do not bind a person at an address where they have signed
in before: so nobody can lock another out. An attempt is counted before its password is checked, or a hundred at the
same moment would all be the first. The counts are rows, so they hold over any number of nodes.
"""

import hashlib
import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from catalog_app.accounts.figures import HELD, SIGN_INS
from catalog_app.accounts.models import LoginThrottle
from catalog_app.core.errors import RetriableError

log = structlog.get_logger(__name__)

WINDOW = timedelta(hours=1)
"""A count begins anew when nothing was counted for this long."""


@dataclass(frozen=True)
class Limit:
    """How many failures are free, and how long the next attempt waits after that; each failure doubles the wait."""

    kind: str
    free: int
    first_wait: timedelta
    longest_wait: timedelta

    def wait_after(self, failures: int) -> timedelta | None:
        if failures < self.free:
            return None
        doublings = min(failures - self.free, 20)
        return min(self.first_wait * (1 << doublings), self.longest_wait)


PAIR = Limit("pair", free=5, first_wait=timedelta(seconds=30), longest_wait=timedelta(minutes=15))
ADDRESS = Limit("address", free=100, first_wait=timedelta(seconds=10), longest_wait=timedelta(minutes=5))
ACCOUNT = Limit("account", free=50, first_wait=timedelta(seconds=10), longest_wait=timedelta(minutes=5))


class TooManyAttemptsError(RetriableError):
    """Passwords were tried too fast; the password at hand was not looked at."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many attempts to sign in.", retry_after=retry_after)
        self.wait_seconds = max(1, round(retry_after))


@dataclass(frozen=True)
class Attempt:
    """Somebody tries to sign in to an account from an address; `is_known` if they did so before, with success."""

    account: str
    address: str
    is_known: bool

    def counted(self) -> list[tuple[Limit, str]]:
        # Always in this order, so that two attempts never wait for each other's rows.
        pair = (PAIR, _key(PAIR.kind, self.account, _network(self.address)))
        if self.is_known:
            return [pair]
        return [
            pair,
            (ACCOUNT, _key(ACCOUNT.kind, self.account)),
            (ADDRESS, _key(ADDRESS.kind, _network(self.address))),
        ]


@dataclass(frozen=True)
class Arrival:
    """Somebody comes back from a provider of identities to an address; which account it is for is not known yet."""

    address: str

    def counted(self) -> list[tuple[Limit, str]]:
        return [(ADDRESS, _key(ADDRESS.kind, _network(self.address)))]


def admit(session: Session, attempt: Attempt | Arrival, now: datetime) -> None:
    """Count the attempt as a failure until `forgive` says otherwise; raise TooManyAttemptsError if it has to wait.

    An attempt that has to wait is not counted, so that waiting always helps.
    """
    for limit, key in attempt.counted():
        failures = _count(session, key, now)
        if failures is None:
            SIGN_INS.add(HELD)
            log.warning("sign-in held back", limit=limit.kind, address=attempt.address)
            raise TooManyAttemptsError(_remaining(session, key, now))
        wait = limit.wait_after(failures)
        if wait is not None:
            _change(session, key, blocked_until=now + wait)


def forgive(session: Session, attempt: Attempt) -> None:
    """Take the attempt back: its password was right."""
    (_, pair), *others = attempt.counted()
    session.execute(delete(LoginThrottle).where(LoginThrottle.key == pair))
    for _, key in others:
        _change(session, key, failures=LoginThrottle.failures - 1, blocked_until=None)


def welcome(session: Session, arrival: Arrival) -> None:
    """Take the arrival back: somebody was signed in."""
    for _, key in arrival.counted():
        _change(session, key, failures=LoginThrottle.failures - 1, blocked_until=None)


def waits_until(session: Session, account: str, addresses: Iterable[str], now: datetime) -> datetime | None:
    """Return until when an account has to wait, from everywhere or from one of these addresses; None where it need not."""
    keys = _keys_of(account, addresses)
    query = select(func.max(LoginThrottle.blocked_until)).where(LoginThrottle.key.in_(keys))
    return session.scalar(query.where(LoginThrottle.blocked_until > now))


def release(session: Session, account: str, addresses: Iterable[str]) -> None:
    """Forget the failures of an account, from everywhere and from these addresses."""
    session.execute(
        delete(LoginThrottle).where(LoginThrottle.key.in_(_keys_of(account, addresses))),
        execution_options={"synchronize_session": False},
    )


def _keys_of(account: str, addresses: Iterable[str]) -> list[str]:
    pairs = {_key(PAIR.kind, account, _network(address)) for address in addresses}
    return [_key(ACCOUNT.kind, account), *sorted(pairs)]


def forget(session: Session, now: datetime) -> int:
    """Delete counts that no longer count; return how many."""
    stale = delete(LoginThrottle).where(LoginThrottle.counted_at < now - WINDOW)
    return len(session.scalars(stale.returning(LoginThrottle.key)).all())


def _count(session: Session, key: str, now: datetime) -> int | None:
    """Add one in one statement and return the count, or None, counting nothing, if the key is blocked."""
    fresh = {"failures": 1, "counted_at": now, "blocked_until": None}
    statement = _insert(session)(LoginThrottle).values(key=key, **fresh)
    failures = case((LoginThrottle.counted_at < now - WINDOW, 1), else_=LoginThrottle.failures + 1)
    count: int | None = session.scalar(
        statement.on_conflict_do_update(
            index_elements=[LoginThrottle.key],
            set_={"failures": failures, "counted_at": now, "blocked_until": None},
            where=or_(LoginThrottle.blocked_until.is_(None), LoginThrottle.blocked_until <= now),
        ).returning(LoginThrottle.failures),
    )
    return count


def _insert(session: Session) -> Callable[..., Any]:
    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert


def _change(session: Session, key: str, **values: object) -> None:
    session.execute(
        update(LoginThrottle).where(LoginThrottle.key == key).values(**values),
        execution_options={"synchronize_session": False},
    )


def _remaining(session: Session, key: str, now: datetime) -> float:
    until = session.get_one(LoginThrottle, key).blocked_until
    return (until - now).total_seconds() if until else 1.0


def _network(address: str) -> str:
    """Return the address as it is counted: one IPv6 customer has a whole /64 to choose from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
