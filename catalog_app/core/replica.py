"""Reading from a replica of the database, as long as it shows what the primary shows.

Each read asks the primary for one number, which moves with whatever the answer depends on (a position), and uses what the
replica says only where it stands at the very same in the snapshot of the answer. So nobody reads anything older than what
was committed when they asked, their own writes among it, however far the replica lags; where it does, is away, or gives a
read up because of what it has to replay, the primary answers.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, Protocol, TypeVar

import structlog
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from catalog_app.core.metrics import Sample, Tally
from catalog_app.core.outages import took_too_long
from catalog_app.core.read_connections import ReadConnections, read_connections
from catalog_app.core.reader import Reader
from catalog_app.core.readiness import Watched

log = structlog.get_logger()
T = TypeVar("T")

REST: Final = 30.0
"""Seconds for which a replica that did not answer is left alone."""
_KEPT: Final = "catalog-replica"
_FROM_REPLICA: Final = "replica"
_BEHIND: Final = "behind"
_AWAY: Final = "away"
_READS: Final = Tally(
    "catalog_replica_reads",
    "Reads that could go to the replica: answered by it, or by the primary because it was behind or away.",
    "outcome",
    (_FROM_REPLICA, _BEHIND, _AWAY),
)
_UP: Final = ("catalog_replica_up", "Whether the replica answers: 1 or 0.")
_LAG: Final = ("catalog_replica_lag_seconds", "How old the newest commit is that the replica shows, if it is behind.")
_LAG_SECONDS: Final = """
    SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::float8
"""


class Reads(Protocol):
    """Runs what reads, on some connection."""

    def read(self, ask: Callable[[Reader], T]) -> T:
        """Return what `ask` reads; raise SQLAlchemy's OperationalError."""
        ...


class _BehindError(Exception):
    """The replica does not stand where the primary does."""


class Replica:
    """A replica of the primary. Where both have the same position, they show the same."""

    def __init__(self, primary: ReadConnections, replica: ReadConnections, position: str) -> None:
        self._primary, self._replica, self._position = primary, replica, position
        self._rests_until = 0.0

    def read(self, ask: Callable[[Reader], T]) -> T:
        """Return what `ask` reads, from the replica where it is as fresh as the primary. `ask` may run twice."""
        if time.monotonic() >= self._rests_until:
            stands = self._primary.read(self._position_of)
            try:
                found = self._replica.read(partial(self._at, stands, ask))
            except _BehindError:
                _READS.add(_BEHIND)
            except OperationalError as error:
                if took_too_long(error):
                    raise
                self._rest(error)
            else:
                _READS.add(_FROM_REPLICA)
                return found
        else:
            _READS.add(_AWAY)
        return self._primary.read(ask)

    def lag_seconds(self) -> float | None:
        """Return how far the replica is behind, None where it does not answer."""
        try:
            return float(self._replica.read(lambda reader: reader.value(_LAG_SECONDS)))
        except OperationalError:
            return None

    def samples(self) -> Iterator[Sample]:
        """Tell a monitoring system how it does."""
        lag = self.lag_seconds()
        yield Sample(*_UP, {}, lag is not None)
        if lag is not None:
            yield Sample(*_LAG, {}, lag)

    def watched(self) -> Watched:
        """Tell /readyz how it does; never a reason to get no work, because the primary answers in its place."""
        lag = self.lag_seconds()
        return Watched("replica", {"answers": lag is not None, "lag_seconds": None if lag is None else round(lag, 1)})

    def _at(self, stands: Any, ask: Callable[[Reader], T], reader: Reader) -> T:
        with reader.snapshot():
            if self._position_of(reader) != stands:
                raise _BehindError
            return ask(reader)

    def _position_of(self, reader: Reader) -> Any:
        return reader.value(self._position)

    def _rest(self, error: OperationalError) -> None:
        self._rests_until = time.monotonic() + REST
        _READS.add(_AWAY)
        log.warning("replica left alone", seconds=REST, kind=type(error.orig).__name__)


def init_app(app: Flask, url: str, options: dict[str, Any], *, position: str) -> Replica:
    """Give an application the replica at `url`; nothing is opened before it is needed."""
    replica = Replica(read_connections(app), ReadConnections(create_engine(url, **options)), position)
    app.extensions[_KEPT] = replica
    return replica


def replicated_reads(app: Flask) -> Reads:
    """Return what reads that may go to a replica go through: the primary's connections where there is none."""
    found: Reads = app.extensions.get(_KEPT) or read_connections(app)
    return found
