"""Keeping a claim alive while something long is done under it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import Engine, Update
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.db import WRITING

log = structlog.get_logger()
BEATS_PER_LEASE = 3


@contextmanager
def kept_alive(engine: Engine, extension: Callable[[], Update], *, seconds: int, name: str) -> Iterator[None]:
    """Extend a claim that stands for so many seconds from a thread of its own, while the block runs."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(engine, extension, seconds, name, stop), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(engine: Engine, extension: Callable[[], Update], seconds: int, name: str, stop: threading.Event) -> None:
    while not stop.wait(seconds / BEATS_PER_LEASE):
        try:
            with engine.connect().execution_options(**{WRITING: True}) as connection:
                connection.execute(extension())
                connection.commit()
        except SQLAlchemyError as error:
            # The next beat tries again; if none gets through, the claim runs out and the write is refused.
            log.warning("lease not extended", lease=name, kind=type(error).__name__)
