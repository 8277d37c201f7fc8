"""What those who beat leave behind: when each process last did, and when what is done once a day was done."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from catalog_app.core.processes import is_dead, this_process
from catalog_app.core.upsert import insert_missing
from catalog_app.sync.models import Heartbeat

FORGOTTEN_AFTER: Final = timedelta(days=1)
_BEAT: Final = "beat:"
_DAILY: Final = "daily:"
_LONGEST_NAME: Final = 255
_table: Final = Heartbeat.metadata.tables[Heartbeat.__tablename__]


def is_noted(session: Session, now: datetime, *, within: timedelta) -> bool:
    """Return whether a beat of this process was written down lately."""
    at = session.scalar(select(Heartbeat.at).where(Heartbeat.name == _name()))
    return at is not None and now - within < at <= now


def note(session: Session, now: datetime) -> None:
    """Write down that this process beats; with its first beat it clears away those that ended long ago."""
    mine = update(Heartbeat).where(Heartbeat.name == _name()).values(at=now)
    if session.connection().execute(mine).rowcount:
        return
    session.connection().execute(delete(Heartbeat).where(Heartbeat.at < now - FORGOTTEN_AFTER, _is_process()))
    insert_missing(session, _table, [{"name": _name(), "at": now}])


def last(session: Session) -> datetime | None:
    """Return when any process last beat; None where none ever did."""
    return session.scalar(select(func.max(Heartbeat.at)).where(_is_process()))


def last_living(session: Session) -> datetime | None:
    """Return when a process last beat that is not known to have ended; those of other machines never are."""
    rows = session.execute(select(Heartbeat.name, Heartbeat.at).where(_is_process()))
    return max((at for name, at in rows if not is_dead(name.removeprefix(_BEAT))), default=None)


def is_daily_due(session: Session, name: str, now: datetime) -> bool:
    """Return whether what is done once a day is due again; a clock that was put back does not put it off for long."""
    at = session.scalar(select(Heartbeat.at).where(Heartbeat.name == _DAILY + name))
    return at is None or not now - timedelta(days=1) < at <= now + timedelta(days=1)


def claim_daily(session: Session, name: str, now: datetime) -> bool:
    """Take what is done once a day; of all processes that try, one gets True."""
    insert_missing(session, _table, [{"name": _DAILY + name, "at": datetime.fromtimestamp(0, now.tzinfo)}])
    row = Heartbeat.name == _DAILY + name
    long_ago = ~Heartbeat.at.between(now - timedelta(days=1), now + timedelta(days=1))
    return session.connection().execute(update(Heartbeat).where(row, long_ago).values(at=now)).rowcount == 1


def _is_process() -> ColumnElement[bool]:
    return ~Heartbeat.name.startswith(_DAILY)


def _name() -> str:
    return f"{_BEAT}{this_process()}"[:_LONGEST_NAME]
