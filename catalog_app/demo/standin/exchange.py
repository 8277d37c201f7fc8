"""What one HTTP exchange consists of, free of sockets."""

import json
from collections.abc import Mapping
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
    """An answer; `sent_share` below 1 announces the whole body and breaks off after that share of it."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_share: float = 1.0


def json_answer(value: object, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode(), status, headers=headers or {})


def refusal(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> Answer:
    return json_answer({"detail": detail}, status, headers)
