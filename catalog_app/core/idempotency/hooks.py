"""Idempotency-Key at every door for programs, around whatever view answers there."""

import re
from http import HTTPStatus
from typing import Final, cast

import structlog
from flask import Flask, Response, g, has_request_context, request
from flask.typing import ResponseReturnValue
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from catalog_app.core.answers import Answer
from catalog_app.core.db import WRITING, db
from catalog_app.core.idempotency import keeping
from catalog_app.core.idempotency.keeping import Claim, Named, RefusedError
from catalog_app.core.problems import as_response, problem
from catalog_app.core.requests import asked
from catalog_app.core.retention import Keeping, Retention
from catalog_app.core.wiring import provide

log = structlog.get_logger()

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
# The draft writes the key as a quoted string; most programs send it bare.
_KEY: Final = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')
_FORM: Final = f"{HEADER} is 1 to 255 printable characters, such as a UUID."


def init_app(app: Flask) -> None:
    """Stand behind the gate and around the views: call it when nothing else comes between."""
    app.before_request(_begin)
    app.after_request(_end)
    provide(app, Retention, keeping.purge)
    provide(app, Keeping, keeping.due)


def is_claimed() -> bool:
    """Return whether the present request carries a key, so that its transaction has to note that it was carried out."""
    return has_request_context() and g.get("catalog_claim") is not None


def _begin() -> ResponseReturnValue | None:
    given = request.headers.get(HEADER)
    if given is None or request.method != "POST" or request.url_rule is None or not asked().is_for_machines:
        return None
    key = _KEY.fullmatch(given.strip())
    if key is None:
        return problem(HTTPStatus.BAD_REQUEST, _FORM)
    try:
        held = keeping.claim(_named(key[1] or key[2]))
    except RefusedError as error:
        headers = {"Retry-After": error.retry_after} if error.retry_after else {}
        return problem(error.status, str(error), headers=headers)
    if isinstance(held, Answer):
        return _again(held)
    g.catalog_claim = held
    return None


def _end(response: Response) -> Response:
    held = g.pop("catalog_claim", None)
    if held is None:
        return response
    try:
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            keeping.give_up(held)
        else:
            keeping.keep(held, Answer(response.status_code, tuple(response.headers), response.get_data()))
    except SQLAlchemyError as error:
        # It was carried out, and its transaction says so: who asks again is told, and nothing is done twice.
        log.warning("answer not kept", kind=type(error).__name__)
    return response


def _named(key: str) -> Named:
    target = f"{request.method} {request.full_path}".encode()
    return Named.of(asked().caller, key, target, request.mimetype.encode(), request.get_data(cache=True))


def _again(answer: Answer) -> Response:
    response = as_response(answer)
    response.headers[REPLAYED] = "true"
    return response


@event.listens_for(db.session, "before_commit")
def _mark_done(session: Session) -> None:
    """Write into each transaction of a claimed request that it was carried out."""
    if not session.info.get(WRITING) or not has_request_context():
        return
    held = cast("Claim | None", g.get("catalog_claim"))
    if held is not None:
        keeping.mark_done(session, held)
