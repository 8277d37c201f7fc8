"""How we connect to PostgreSQL: how many connections, how long anything may take, and how an operator knows us.

What a session needs is set by a statement and not by start-up options, which connection poolers refuse.
"""

import socket
import threading
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, make_url

READ_ONLY: Final = "25006"
"""What a server answers to a write once it has become a standby."""
_LIMIT: Final = "catalog_statement_seconds"
_LONGEST_NAME: Final = 63
_DEAD_AFTER: Final = {
    # A server that vanishes without a word, as in a fail-over, is noticed after about a minute of silence ...
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # ... and after ten seconds where something was sent to it.
    "tcp_user_timeout": 10_000,
}
_SESSION: Final = (
    "SELECT set_config('TimeZone', 'UTC', false), set_config('lock_timeout', '15s', false),"
    # What is set for the role or the database is for others; `limit_statements` says how long ours may take.
    " set_config('statement_timeout', '0', false),"
    # A process that is frozen in the middle of a write would keep its locks for as long as it is.
    " set_config('idle_in_transaction_session_timeout', '300s', false)"
)


@dataclass(frozen=True)
class Pool:
    """How many connections a process keeps and may open besides, and the seconds that each step may take."""

    size: int = 5
    overflow: int = 20
    wait_seconds: int = 10
    connect_seconds: int = 5
    statement_seconds: int = 30


USUAL: Final = Pool()
_threads = threading.local()


def engine_options(url: str, pool: Pool, *, role: str) -> dict[str, Any]:
    """Return what an engine for PostgreSQL needs beside what every engine does; what the address says itself counts."""
    said = make_url(url).query
    arguments: dict[str, Any] = {
        "application_name": f"catalog {role} {socket.gethostname()}"[:_LONGEST_NAME],
        "connect_timeout": pool.connect_seconds,
        **_DEAD_AFTER,
    }
    return {
        "pool_pre_ping": True,
        "pool_size": pool.size,
        "max_overflow": pool.overflow,
        "pool_timeout": pool.wait_seconds,
        # The same few connections are used again and again; what a busy moment opened is closed after it.
        "pool_use_lifo": True,
        "connect_args": {name: value for name, value in arguments.items() if name not in said},
        "execution_options": {_LIMIT: pool.statement_seconds},
    }


def set_up(connection: Any) -> None:
    """Bring a new connection of the driver into the state that we rely on."""
    _run(connection, _SESSION)


def serves_requests() -> None:
    """Note that this thread answers requests: its statements are given up after a while, those of all others never."""
    _threads.serves = True


def limit_statements(connection: Connection) -> None:
    """Give the statements of a connection the time that they have in this thread; costs nothing where they have it."""
    wanted = statement_seconds(connection)
    if connection.info.get(_LIMIT, 0) != wanted:
        set_limit(connection.connection.driver_connection, wanted)
        connection.info[_LIMIT] = wanted


def statement_seconds(source: Connection | Engine) -> int:
    """Return how long a statement of this thread may take, 0 for as long as it likes."""
    most: int = source.get_execution_options().get(_LIMIT, 0)
    return most if getattr(_threads, "serves", False) else 0


def set_limit(connection: Any, seconds: int) -> None:
    """Let no statement of a connection of the driver take longer than that; 0 is as long as it likes."""
    _run(connection, f"SET statement_timeout = '{int(seconds)}s'")


def _run(connection: Any, statement: str) -> None:
    # Outside of a transaction: what is set inside one is forgotten when it is rolled back.
    was, connection.autocommit = connection.autocommit, True
    try:
        connection.execute(statement)
    finally:
        connection.autocommit = was
