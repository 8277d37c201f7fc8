"""Tokens that were looked up lately: a program asks a hundred times a second, and each look-up costs as much as the answer.

What is kept is the token's hash and what it may do, for a few seconds. Revoking a token makes the process that does
it forget at once; another one learns of it when its few seconds are over.
"""

import hashlib
import re
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from flask import Flask, current_app

from catalog_app.accounts.roles import Bearer

_FORM: Final = re.compile(r"pc_[a-z0-9]{8}_[A-Za-z0-9_-]{43}")
_SCHEME: Final = re.compile(r"Bearer +(\S+) *", re.IGNORECASE)
_MOST: Final = 10_000
_EXTENSION: Final = "catalog-token-cache"


@dataclass(frozen=True, slots=True)
class _Known:
    bearer: Bearer
    since: float
    ends: float


def hash_of(secret: str) -> str | None:
    """Return what recognises a token, None where the text has not the form of one."""
    return hashlib.sha256(secret.encode()).hexdigest() if _FORM.fullmatch(secret) else None


class TokenCache:
    """Tokens by their hash. Only ones that were found are kept, so nobody fills it with guesses."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()
        self._forgotten = 0

    def find(self, authorization: str | None) -> Bearer | None:
        """Return the token that an Authorization header bears, if it is known here; None says nothing about it."""
        given = _SCHEME.fullmatch(authorization) if authorization else None
        digest = hash_of(given[1]) if given else None
        return self.known(digest) if digest else None

    def known(self, digest: str) -> Bearer | None:
        """Return the token of this hash, if it was looked up within the last seconds and has not ended since."""
        found = self._known.get(digest)
        if found is None:
            return None
        now = time.time()
        # A clock that was put back tells nothing about how old this is.
        if not 0 <= now - found.since < self._seconds or now >= found.ends:
            return None
        return found.bearer

    def begin(self) -> int:
        """Return a mark to hand to `keep`: what is revoked while the database is being asked is not kept."""
        return self._forgotten

    def keep(self, digest: str, bearer: Bearer, expires_at: datetime | None, *, begun: int) -> None:
        if not self._seconds:
            return
        ends = expires_at.timestamp() if expires_at else float("inf")
        with self._lock:
            if begun != self._forgotten:
                return
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[digest] = _Known(bearer, time.time(), ends)

    def forget(self) -> None:
        """Ask the database again for every token."""
        with self._lock:
            self._forgotten += 1
            self._known.clear()


def init_app(app: Flask, seconds: int) -> None:
    app.extensions[_EXTENSION] = TokenCache(seconds)


def token_cache_of(app: Flask) -> TokenCache:
    """Return the tokens that this application knows."""
    return cast("TokenCache", app.extensions[_EXTENSION])


def token_cache() -> TokenCache:
    """Return the tokens that the running application knows."""
    return cast("TokenCache", current_app.extensions[_EXTENSION])
