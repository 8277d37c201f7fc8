"""A WSGI program that sends the files of a folder and does nothing else: what any answer of that length costs."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

FOLDER = "BARE_FOLDER"

_bodies: dict[str, bytes] = {}


def app(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Answer /name with the file of this name, anything else with nothing: the sign of life that a bench waits for."""
    if not _bodies:
        _bodies.update({f"/{path.name}": path.read_bytes() for path in Path(os.environ[FOLDER]).iterdir()})
    body = _bodies.get(environ["PATH_INFO"], b"")
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
