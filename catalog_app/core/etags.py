"""Versions as entity tags: what a reader has already, and what a writer believes to change."""

import re
from collections.abc import Callable
from http import HTTPStatus

from flask import Response, abort, request
from werkzeug.datastructures import ETags
from werkzeug.http import parse_etags

from catalog_app.core.compression import plain_tags
from catalog_app.core.errors import StaleError
from catalog_app.core.problems import problem
from catalog_app.core.wiring import settings

_VERSION = re.compile(r"[1-9][0-9]{0,17}")
_SAY_WHAT = "Say by If-Match which version you change: the ETag that came with it. Nothing was changed."
_NEVER = 0
"""No row is ever at this version."""


def etag(version: int) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Return whether a reader who sent this header has what `tag` names, as it is or compressed."""
    if not if_none_match:
        return False
    return if_none_match == tag or _tags(if_none_match).contains_weak(tag.removeprefix("W/").strip('"'))


def not_modified(version: int) -> Response | None:
    """Return 304 where If-None-Match says that the reader has this version, else None."""
    if is_known(request.headers.get("If-None-Match"), etag(version)):
        answer = Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag(version)})
        del answer.headers["Content-Type"]
        return answer
    return None


def expected_version(current: Callable[[], int]) -> int | None:
    """Return the version that a write demands by If-Match, None where it takes any.

    A weak tag, or one that is none of ours, is a version that never stands. `current` is asked only where the
    writer names several versions, or names by If-None-Match what must not stand; that may raise StaleError. Ends the
    request with 428 where the settings want every write to say what it changes.
    """
    unwanted, demanded = request.headers.get("If-None-Match", ""), request.headers.get("If-Match", "")
    if unwanted.strip() and is_known(unwanted, etag(version := current())):
        raise StaleError("Not saved: If-None-Match names the version that stands.", current_version=version)
    if not demanded.strip() and settings().require_if_match:
        abort(problem(HTTPStatus.PRECONDITION_REQUIRED, _SAY_WHAT))
    tags = _tags(demanded)
    if tags.star_tag or not demanded.strip():
        return None
    wanted = {int(tag) for tag in tags.as_set() if tag and _VERSION.fullmatch(tag)}
    if len(wanted) > 1:
        wanted &= {current()}
    return wanted.pop() if wanted else _NEVER


def _tags(header: str) -> ETags:
    return parse_etags(plain_tags(header))
