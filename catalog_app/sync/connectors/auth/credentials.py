"""Secrets on their way into a request, and what the other side says to them."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from catalog_app.core.errors import FatalError
from catalog_app.core.http import Answer, FetchFailedError, FetchRequest, StrictFetcher
from catalog_app.core.strict_json import StrictJsonError, decode

_REFUSALS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_ADVICE: Final = "Enter the right ones in the settings of this system"
SECRET_WORDS: Final[Mapping[str, str]] = {
    "username": "user name",
    "password": "password",
    "token": "token",
    "api_key": "API key",
    "api_secret": "API secret",
    "client_id": "client id",
    "client_secret": "client secret",
}
"""What people call each secret."""


def secret(secrets: Mapping[str, str], name: str, *, is_header: bool = True, may_be_empty: bool = False) -> str:
    """Return a secret; raise FatalError, which names it, if it is missing or cannot be sent."""
    value = secrets.get(name, "")
    if not value and not may_be_empty:
        raise FatalError(f"The {SECRET_WORDS[name]} is not set. Enter it in the settings of this system.")
    # The libraries below would quote such a value in their complaint.
    if is_header and not _can_be_sent(value):
        raise FatalError(
            f"The {SECRET_WORDS[name]} holds characters that cannot be sent in a header. Enter the right one in the"
            " settings of this system."
        )
    return value


def with_header(request: FetchRequest, name: str, value: str) -> FetchRequest:
    return replace(request, headers={**request.headers, name: value})


def refused_credentials(status: int) -> FetchFailedError:
    return FetchFailedError(f"it refused the credentials ({status})", _ADVICE, status=status)


def logged_in(fetcher: StrictFetcher, request: FetchRequest) -> Answer:
    """Return the answer to a login; raise FetchFailedError, saying so, if the credentials are refused."""
    try:
        answer = fetcher.fetch(request)
    except FetchFailedError as fault:
        if fault.status in _REFUSALS:
            raise refused_credentials(fault.status) from None
        raise
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise refused_credentials(answer.status)
    return answer


def login_url(fetcher: StrictFetcher, path: str) -> str:
    return fetcher.origin.join(fetcher.base_url, path)


def said(answer: Answer) -> dict[str, Any]:
    """Return the object that a login answered, an empty one if it answered something else."""
    try:
        found = decode(answer.body)
    except StrictJsonError:
        return {}
    return found if isinstance(found, dict) else {}


def usable(token: Any, what: str) -> str:
    """Return a token that can be sent, or raise FetchFailedError saying what the login did not give."""
    if not isinstance(token, str) or not token or not _can_be_sent(token):
        raise FetchFailedError(f"its login gave no usable {what}", "Check the login path of the preset")
    return token


def _can_be_sent(value: str) -> bool:
    return value.isprintable() and value.isascii()
