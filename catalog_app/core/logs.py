"""Structured logs on stderr: one line an event, its words first, its values as fields, never a secret."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog

_SECRET = re.compile(r"password|secret|token|authorization|cookie|api_key|credential", re.IGNORECASE)
HIDDEN = "[hidden]"


def configure_logs(*, level: str, style: str) -> None:
    """Send our events and those of the libraries to stderr, as JSON lines or coloured for people."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    rendering = _for_people() if style == "console" else _for_programs()
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        ),
    )
    logging.basicConfig(handlers=[handler], level=logging.getLevelName(level), force=True)
    for chatty in ("alembic", "urllib3", "apscheduler", "granian", "_granian", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Blank every field whose name speaks of a secret, whoever put it there."""
    return {key: HIDDEN if _SECRET.search(key) and key != "event" else value for key, value in event.items()}


def _for_people() -> list[structlog.typing.Processor]:
    # With rich installed, structlog would show every local variable of a traceback, passwords among them.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _for_programs() -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_to_json)]


def _to_json(value: object, **_options: object) -> str:
    return orjson.dumps(value, default=str).decode()
