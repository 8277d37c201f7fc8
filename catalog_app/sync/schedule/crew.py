"""The threads of a process that work on what its heartbeat finds: a few at once, and one for each place.

They are daemons: a page that a source takes a minute for must not keep a process from ending. What they leave undone
is handed back, or found by its lease.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.db import forget_session
from catalog_app.core.errors import CatalogError

log = structlog.get_logger()

AT_ONCE: Final = 3
"""How many systems one process reads at the same time. Reading is mostly waiting, so it may be more than cores."""


class Crew:
    """Works in threads of its own, each in an application context of its own. A place is a system, most often."""

    def __init__(self, app: Flask, *, at_once: int = AT_ONCE) -> None:
        self._app = app
        self._at_once = at_once
        self._changing = threading.Lock()
        # By place: what is worked on (a run, by its id), and who does.
        self._threads: dict[str, tuple[int | None, threading.Thread]] = {}
        self._closed = False

    def take(self, place: str, work: Callable[[], object], *, run_id: int | None = None) -> bool:
        """Begin to work, unless somebody works at that place, all hands are full, or the crew is closed."""
        with self._changing:
            if self._closed or place in self._threads or len(self._threads) >= self._at_once:
                return False
            thread = threading.Thread(target=self._carry, args=(place, work), name=f"crew-{place}", daemon=True)
            self._threads[place] = run_id, thread
            thread.start()
            return True

    def at_work(self) -> Sequence[int]:
        """Return the ids of the runs that were taken and not let go yet."""
        with self._changing:
            return [run_id for run_id, _ in self._threads.values() if run_id is not None]

    def close(self) -> None:
        """Take nothing more."""
        with self._changing:
            self._closed = True

    def wait(self, *, seconds: float) -> None:
        """Wait until everything that was taken has ended, or the time is over."""
        until = time.monotonic() + seconds
        with self._changing:
            threads = [thread for _, thread in self._threads.values()]
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _carry(self, place: str, work: Callable[[], object]) -> None:
        with self._app.app_context():
            try:
                work()
            except (CatalogError, SQLAlchemyError) as error:
                log.warning("work left", place=place, kind=type(error).__name__)
            except Exception:
                log.exception("work broke", place=place)
            finally:
                forget_session()
                with self._changing:
                    self._threads.pop(place, None)
