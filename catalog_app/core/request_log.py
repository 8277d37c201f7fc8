"""One line in the log for each request, written straight to stderr: through the loggers it would cost five times as much."""

import os
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, Protocol

import orjson
import structlog

from catalog_app.core.asked import Asked
from catalog_app.core.logs import HIDDEN

QUIET: Final = frozenset({"health.healthz", "health.readyz", "static", "metrics"})
"""What is asked for all the time and tells nothing."""
_LONGEST_PATH: Final = 300
# A token that somebody put where it does not belong.
_TOKEN: Final = re.compile(r"pc_[a-z0-9]{8}_[\w-]+", re.ASCII)
_OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE

log = structlog.get_logger()


class RequestLog(Protocol):
    """Writes down that a request was answered."""

    def __call__(self, asked: Asked, status: int, seconds: float) -> object: ...


def request_log(*, level: str, style: str) -> RequestLog:
    """Return what writes the line of a request, as the settings want it."""
    if level not in ("DEBUG", "INFO"):
        return _nothing
    return _for_people if style == "console" else _for_programs


def _nothing(asked: Asked, status: int, seconds: float) -> None:
    """Only warnings and errors are wanted."""


def _for_people(asked: Asked, status: int, seconds: float) -> None:
    if asked.endpoint not in QUIET:
        log.info("request", **_facts(asked, status, seconds))


def _for_programs(asked: Asked, status: int, seconds: float) -> None:
    if asked.endpoint in QUIET:
        return
    line = {
        "request_id": asked.request_id,
        **_facts(asked, status, seconds),
        "event": "request",
        "level": "info",
        "timestamp": datetime.now(UTC),
    }
    # A log that nobody reads any more (a closed pipe, a full disk) is no reason to answer nothing.
    with suppress(OSError):
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, orjson.dumps(line, option=_OPTIONS))


def _facts(asked: Asked, status: int, seconds: float) -> dict[str, object]:
    """Return what is told of a request: never its query, its headers or its body, which may hold a secret."""
    facts: dict[str, object] = {
        "method": asked.method[:20],
        "path": _TOKEN.sub(HIDDEN, asked.path)[:_LONGEST_PATH] if "pc_" in asked.path else asked.path[:_LONGEST_PATH],
        "endpoint": asked.endpoint,
        "status": status,
        "ms": round(seconds * 1000, 2),
    }
    return {"actor": asked.caller, **facts} if asked.caller else facts
