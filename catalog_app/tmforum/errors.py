"""Errors as TM Forum writes them: {code, reason, status, message}, for every answer of this door."""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, request

PREFIX = "/tmf-api/"
_PROBLEM = "application/problem+json"


def init_app(app: Flask) -> None:
    app.after_request(_as_tm_forum_does)


def _as_tm_forum_does(response: Response) -> Response:
    """Write a problem of any room anew, so that no error of this door has another form, whoever made it."""
    if response.mimetype != _PROBLEM or not request.path.startswith(PREFIX):
        return response
    problem: dict[str, Any] = orjson.loads(response.get_data())
    if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        # TMF620 knows 400 alone for a request that says something wrong.
        response.status_code = HTTPStatus.BAD_REQUEST
    status = HTTPStatus(response.status_code)
    body = {
        "code": status.name.lower(),
        "reason": status.phrase,
        "status": str(status.value),
        "message": _message(problem),
        "@type": "Error",
    }
    response.set_data(orjson.dumps(body))
    response.content_type = "application/json"
    return response


def _message(problem: dict[str, Any]) -> str:
    """Return the whole of what a problem says in sentences: TM Forum's form has no place for single faults."""
    faults = [f"{fault['pointer'].removeprefix('/')}: {fault['message']}" for fault in problem.get("errors", ())]
    return " ".join([str(problem.get("detail", "")), *faults])
