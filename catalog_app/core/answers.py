"""An answer to a machine as plain values: made without Flask, handed out by Flask or by the server itself."""

from typing import NamedTuple

Headers = tuple[tuple[str, str], ...]

JSON: Headers = (("Content-Type", "application/json"),)
PROBLEM: Headers = (("Content-Type", "application/problem+json"),)


class Answer(NamedTuple):
    """Status, headers and the whole body. What every answer carries (id, security, length) is added on its way out."""

    status: int
    headers: Headers
    body: bytes = b""
