"""Errors as problem+json (RFC 9457), without a request of Flask: what went wrong, where, and of what kind it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson
import structlog
from sqlalchemy.exc import DataError
from sqlalchemy.orm.exc import StaleDataError

from catalog_app.core.answers import PROBLEM, Answer, Headers
from catalog_app.core.errors import CatalogError, ConflictError, Fault, NotFoundError, RuleError, Sentence, StaleError
from catalog_app.core.outages import CommitUnansweredError, has_no_room, is_outage, took_too_long

log = structlog.get_logger()

STATUS_OF: Final[tuple[tuple[type[CatalogError], int], ...]] = (
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (StaleError, HTTPStatus.PRECONDITION_FAILED),
    (ConflictError, HTTPStatus.CONFLICT),
    (RuleError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
RULES_BROKEN: Final = Sentence("Some fields break a rule; nothing was saved.")
BROKEN: Final = Sentence(
    "Something went wrong here and was written down; nothing was changed. Name the request id when you ask for help."
)
RETRY: Final[Headers] = (("Retry-After", "2"),)
"""When to come back after the database did not answer, in seconds."""
_UNAVAILABLE: Final = Sentence("The database does not answer now; nothing was changed. Try again in a moment.")
_TOO_LONG: Final = Sentence(
    "The database took too long over this and gave it up; nothing was changed. Try again in a moment, or ask for less."
)
_UNANSWERED: Final = Sentence(
    "The database went away before it said whether this was saved. Look whether it was before you send it again."
)
_NO_ROOM: Final = Sentence(
    "There is no room left where the database lies; nothing was saved. Reading goes on. Ask whoever runs this service."
)
_NOT_KEPT: Final = Sentence("What was sent holds something that cannot be kept; nothing was saved.")
_CHANGED: Final = Sentence("Somebody changed this at the same moment; nothing was saved. Read it again.")


def plain(
    status: int,
    detail: str,
    *,
    request_id: str,
    errors: Mapping[str, str] | None = None,
    headers: Headers = (),
    extra: Mapping[str, Any] | None = None,
) -> Answer:
    """Return a problem as an answer; `errors` maps dotted field names to sentences."""
    body = problem_body(status, detail, errors)
    return Answer(int(status), PROBLEM + headers, orjson.dumps({**body, "request_id": request_id, **(extra or {})}))


def problem_body(status: int, detail: str, errors: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what a problem says, apart from the request that it answers."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
    }
    if errors:
        body["errors"] = [
            {"pointer": pointer(field), "code": Fault.code_of(message), "message": message}
            for field, message in errors.items()
        ]
    return body


def pointer(field: str) -> str:
    """Return the JSON pointer (RFC 6901) of a dotted field name."""
    return "/" + field.replace("~", "~0").replace("/", "~1").replace(".", "/")


@dataclass(frozen=True, slots=True)
class Expected:
    """What an error that somebody raised on purpose, or that a database may raise, means for who asked."""

    status: int
    detail: str
    errors: Mapping[str, str] | None = None
    headers: Headers = ()
    # Whether something was changed cannot be told: it must not be sent again blindly.
    is_unknown: bool = False


def expected(error: Exception) -> Expected | None:
    """Return what an error means; None for one that nobody expected, which is a fault of ours."""
    if isinstance(error, RuleError):
        return Expected(HTTPStatus.UNPROCESSABLE_ENTITY, RULES_BROKEN, error.errors)
    if isinstance(error, CatalogError):
        status = next((code for kind, code in STATUS_OF if isinstance(error, kind)), None)
        return Expected(status, str(error)) if status is not None else None
    return _of_database(error)


def told(error: CatalogError) -> tuple[int, dict[str, Any]]:
    """Return status and body of an error as one result among several tells it."""
    means = expected(error) or Expected(HTTPStatus.INTERNAL_SERVER_ERROR, BROKEN)
    return means.status, problem_body(means.status, means.detail, means.errors)


def _of_database(error: Exception) -> Expected | None:
    if isinstance(error, StaleDataError):
        return Expected(HTTPStatus.CONFLICT, _CHANGED)
    if isinstance(error, DataError):
        # The rules should have said this before the database did, and beside the field.
        log.error("database refused a value", kind=type(error.orig).__name__)
        return Expected(HTTPStatus.UNPROCESSABLE_ENTITY, _NOT_KEPT)
    if has_no_room(error):
        log.error("database has no room", kind=type(getattr(error, "orig", None) or error).__name__)
        return Expected(HTTPStatus.INSUFFICIENT_STORAGE, _NO_ROOM)
    if is_outage(error):
        log.error("database failed", kind=type(getattr(error, "orig", None) or error).__name__)
        return _of_outage(error)
    return None


def _of_outage(error: Exception) -> Expected:
    unavailable = HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, CommitUnansweredError):
        return Expected(unavailable, _UNANSWERED, headers=RETRY, is_unknown=True)
    return Expected(unavailable, _TOO_LONG if took_too_long(error) else _UNAVAILABLE, headers=RETRY)
