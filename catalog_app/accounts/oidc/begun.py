"""A sign-in that was begun in one browser and has not come back yet."""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any, Final

from catalog_app.accounts.next_page import HOME

LASTS: Final = 600
"""Seconds within which one has to come back: long enough for a second factor."""
_LONGEST_WANTED: Final = 1000


@dataclass(frozen=True)
class Begun:
    """`state` goes to the provider and comes back; the browser's cookie holds it, too, and nothing that is secret.

    What proves that it is this very sign-in follows from `state` and a key that only we have.
    """

    state: str
    wanted: str
    at: int

    @classmethod
    def now(cls, wanted: str) -> "Begun":
        return cls(secrets.token_urlsafe(32), wanted if len(wanted) <= _LONGEST_WANTED else HOME, int(time.time()))

    @classmethod
    def kept(cls, value: object) -> "Begun | None":
        """Return what `to_keep` gave; None for anything else."""
        match value:
            case [str(state), str(wanted), int(at)]:
                return cls(state, wanted, at)
        return None

    def to_keep(self) -> list[Any]:
        return [self.state, self.wanted, self.at]

    def is_meant_by(self, state: str) -> bool:
        """Return whether an answer with this state ends this sign-in, and comes in time."""
        is_same = hmac.compare_digest(self.state.encode(), state.encode("utf-8", "replace"))
        return is_same and 0 <= time.time() - self.at <= LASTS

    def verifier(self, key: str) -> str:
        """Return what the code can be redeemed with, and nobody else knows (PKCE)."""
        return _derived(key, f"verifier {self.state}")

    def nonce(self, key: str) -> str:
        """Return what the token has to name, so that no other sign-in's token counts."""
        return _derived(key, f"nonce {self.state}")


def _derived(key: str, what: str) -> str:
    digest = hmac.digest(key.encode(), f"catalog oidc {what}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
