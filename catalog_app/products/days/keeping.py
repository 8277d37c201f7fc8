"""Writing a day down: once, by whoever comes first, and never again."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.read_connections import read_connections
from catalog_app.core.retention import Over, over
from catalog_app.core.upsert import insert_missing
from catalog_app.products.counters.reading import Counts, read_counts
from catalog_app.products.days.models import COUNTED, DEMO, CatalogueDay

log = structlog.get_logger()

KEPT: Final = timedelta(days=400)
"""A year and a month: this month can be laid beside the same month of last year."""
_table: Final = CatalogueDay.metadata.tables[CatalogueDay.__tablename__]


@dataclass(frozen=True)
class DayCounts:
    """One day of the catalogue."""

    day: date
    total: int
    active: int
    available: int
    by_system: Mapping[str, int]
    by_type: Mapping[str, int]


def note_today(now: datetime) -> bool:
    """Write the counts of today down unless somebody has; return whether this call did. Costs one look otherwise."""
    if db.session().scalar(select(CatalogueDay.day).where(CatalogueDay.day == now.date())) is not None:
        return False
    counts = read_connections().read(lambda reader: read_counts(reader, now))
    # Two that come at the same moment bring the same day: the later one does nothing.
    with writing() as session:
        insert_missing(session, _table, [{**asdict(_as_day(now.date(), counts)), "origin": COUNTED}])
    return True


def note_today_if_possible(now: datetime) -> None:
    """Do the same for a page: it is shown too while nothing can be written, as with a full disk."""
    try:
        note_today(now)
    except SQLAlchemyError as error:
        log.warning("day not noted", kind=type(error).__name__)


def keep_days(days: Iterable[DayCounts]) -> None:
    """Give a demo a past. The rows say that they were made up, and no day that was counted is touched."""
    with writing() as session:
        insert_missing(session, _table, [{**asdict(day), "origin": DEMO} for day in days])


def forget_days(now: datetime | None = None) -> dict[str, int]:
    """Delete the days that are older than a year and a month; return how many."""
    over = delete(CatalogueDay).where(CatalogueDay.day < (now or utcnow()).date() - KEPT)
    with writing() as session:
        return {"days": session.connection().execute(over).rowcount}


def days_due() -> dict[str, Over]:
    """Return what `forget_days` would delete now."""
    return {"days": over(CatalogueDay, KEPT, CatalogueDay.day < utcnow().date() - KEPT)}


def _as_day(day: date, counts: Counts) -> DayCounts:
    return DayCounts(day, counts.total, counts.active, counts.available, counts.by_system, counts.by_type)
