"""Versions as entity tags: what a reader has already, and what a writer believes to change."""

import re
from collections.abc import Callable
from http import HTTPStatus

from flask import Response, request

from catalog_app.core.errors import StaleError

_VERSION = re.compile(r"[1-9][0-9]{0,17}")
_NEVER = 0
"""No row is ever at this version."""


def etag(version: int) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'


def not_modified(version: int) -> Response | None:
    """Return 304 where If-None-Match says that the reader has this version, else None."""
    if request.if_none_match.contains_weak(str(version)):
        answer = Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag(version)})
        del answer.headers["Content-Type"]
        return answer
    return None


def expected_version(current: Callable[[], int]) -> int | None:
    """Return the version that a write demands by If-Match, None where it takes any.

    A weak tag, or one that is none of ours, is a version that never stands. `current` is asked only where the
    writer names several versions, or names by If-None-Match what must not stand; that may raise StaleError.
    """
    if request.if_none_match and request.if_none_match.contains_weak(str(version := current())):
        raise StaleError("Not saved: If-None-Match names the version that stands.", current_version=version)
    if request.if_match.star_tag or not request.headers.get("If-Match", "").strip():
        return None
    wanted = {int(tag) for tag in request.if_match.as_set() if _VERSION.fullmatch(tag)}
    if len(wanted) > 1:
        wanted &= {current()}
    return wanted.pop() if wanted else _NEVER
