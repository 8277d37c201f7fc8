"""What is asked of another system, what it answered, and how much of it is taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from .body import MAX_BODY_BYTES


@dataclass(frozen=True)
class FetchLimits:
    """`page_seconds` bounds one attempt from connecting to the last byte, `run_seconds` everything together.

    With no `body_bytes` at all, an answer's body is left unread.
    """

    attempts: int = 4
    page_seconds: float = 60
    run_seconds: float = 3600
    body_bytes: int = MAX_BODY_BYTES


@dataclass(frozen=True)
class FetchRequest:
    """What is asked; its parameters, headers and body may hold secrets and stay out of every text."""

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """A complete answer with a status of 2xx or 401; `received` counts bytes on the wire."""

    status: int
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received: int
    retries: int

    @property
    def is_success(self) -> bool:
        return is_success(self.status)


def is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
