"""What one HTTP exchange consists of, free of sockets."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the stand-in sees it: header names are lower case, the last of equal query names counts."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def json_object(self) -> dict[str, Any]:
        """Return the body's JSON object; raises ValueError if it is something else."""
        sent = json.loads(self.body)
        if not isinstance(sent, dict):
            raise ValueError("The body is not a JSON object")  # noqa: TRY004 - the caller asks one question: usable or not
        return sent


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    `sent_share` below 1 announces the whole body and breaks off after that share of it. `pieces` are sent one by one
    instead of the body, of which `length` is announced. `is_reset` ends the connection without a word.
    """

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_share: float = 1.0
    pieces: Iterable[bytes] | None = None
    length: int | None = None
    is_reset: bool = False


def encoded(value: object) -> bytes:
    """Return the value as JSON in UTF-8; half a surrogate pair, which UTF-8 does not have, as the escape it came from."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def json_answer(value: object, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(encoded(value), status, headers=headers or {})


def refusal(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> Answer:
    return json_answer({"detail": detail}, status, headers)
