"""Secrets at rest: sealed with the first of CATALOG_ENCRYPTION_KEYS, opened with any of them.

Most processes never seal nor open anything, so the library is loaded by the first that does.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from catalog_app.core.errors import CatalogError
from catalog_app.core.wiring import settings

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet
    from sqlalchemy.orm import Session


class SealedElsewhere(Protocol):
    """A room that keeps sealed secrets of its own."""

    def reseal(self, session: "Session") -> int:
        """Seal every secret with the first key, inside the caller's transaction; return how many were not."""
        ...


class NoKeyError(CatalogError):
    """CATALOG_ENCRYPTION_KEYS is not set, so nothing can be sealed or opened."""


class NotOurSealError(CatalogError):
    """None of the keys sealed this."""


def can_seal() -> bool:
    """Return whether there is a key to seal secrets with."""
    return bool(settings().encryption_keys)


def seal(value: str) -> str:
    """Return the token that may be kept of a secret; raise NoKeyError."""
    return _box(list(_keys())).encrypt(value.encode()).decode()


def unseal(token: str) -> str:
    """Return the secret of a token; raise NoKeyError or NotOurSealError. Never log the result, nor put it in an error."""
    return _opened(list(_keys()), token)


def is_newest_seal(token: str) -> bool:
    """Return whether the first key opens the token, so that the others may go; raise NoKeyError."""
    try:
        _opened(list(_keys())[:1], token)
    except NotOurSealError:
        return False
    return True


def _keys() -> Iterator[str]:
    for key in settings().encryption_keys:
        yield key.get_secret_value()


def _opened(keys: list[str], token: str) -> str:
    from cryptography.fernet import InvalidToken  # noqa: PLC0415  # see above

    try:
        return _box(keys).decrypt(token).decode()
    except InvalidToken:
        raise NotOurSealError("None of CATALOG_ENCRYPTION_KEYS sealed this.") from None


def _box(keys: list[str]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415  # see above

    if not keys:
        raise NoKeyError("CATALOG_ENCRYPTION_KEYS is not set.")
    return MultiFernet([Fernet(key) for key in keys])
