"""The connections of reading threads end with the engine's, and never under somebody who reads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from flask import Flask

from catalog_app.core.db import db
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader

ROWS = 1_500_000
SLOW = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) SELECT max(i) FROM n"  # noqa: S608  # our own number


def test_an_engine_that_is_disposed_of_while_a_thread_reads_lets_it_read_to_its_end(app: Flask) -> None:
    reading = threading.Event()
    reads = read_connections(app)

    def slowly(reader: Reader) -> Any:
        reading.set()
        return reader.value(SLOW)

    with ThreadPoolExecutor(1) as threads, app.app_context():
        for _ in range(3):
            found = threads.submit(reads.read, slowly)
            assert reading.wait(20)
            db.engine.dispose()
            assert found.result(60) == ROWS
            reading.clear()


def test_what_nobody_reads_with_is_closed_with_the_engine(app: Flask) -> None:
    reads = read_connections(app)
    with ThreadPoolExecutor(1) as threads, app.app_context():
        connection = threads.submit(reads.read, lambda reader: reader.connection).result(20)
        assert _answers(connection)
        db.engine.dispose()

        assert not _answers(connection)
        assert threads.submit(reads.read, lambda reader: reader.value("SELECT 7")).result(20) == 7


def _answers(connection: Any) -> bool:
    with suppress(db.engine.dialect.loaded_dbapi.Error):
        return bool(connection.execute("SELECT 1").fetchone() == (1,))
    return False
