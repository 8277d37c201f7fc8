"""Signed tokens as the login of the stand-in gives them out."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    ACCESS = "access"
    REFRESH = "refresh"


class TokenMint:
    """Makes and checks JSON web tokens under a key that lives and dies with this object."""

    def __init__(self, *, access_seconds: float, refresh_seconds: float, clock: Callable[[], float]) -> None:
        self._key = secrets.token_bytes(32)
        self._seconds = {Purpose.ACCESS: access_seconds, Purpose.REFRESH: refresh_seconds}
        self._clock = clock
        self._lock = threading.Lock()
        self._last_serial = 0
        self._void_up_to = 0

    def issue(self, purpose: Purpose, user: str) -> str:
        with self._lock:
            self._last_serial += 1
            serial = self._last_serial
        claims = {
            "token_type": purpose,
            "user": user,
            "jti": serial,
            "exp": self._clock() + self._seconds[purpose],
        }
        signed = f"{_HEADER}.{_encode(json.dumps(claims).encode())}"
        return f"{signed}.{_encode(self._sign(signed))}"

    def user_of(self, token: str, purpose: Purpose) -> str | None:
        """Return whom the token was given to; None if it is forged, expired, void, or for another purpose."""
        claims = self._claims(token)
        if claims is None or claims["token_type"] != purpose or claims["exp"] <= self._clock():
            return None
        if purpose is Purpose.ACCESS and claims["jti"] <= self._void_up_to:
            return None
        return str(claims["user"])

    def void_access_tokens(self) -> None:
        """Make every access token given out so far worthless; refresh tokens stay good."""
        with self._lock:
            self._void_up_to = self._last_serial

    def _claims(self, token: str) -> dict[str, Any] | None:
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(_encode(self._sign(signed)).encode(), signature.encode()):
            return None
        claims: dict[str, Any] = json.loads(_decode(signed.partition(".")[2]))
        return claims

    def _sign(self, signed: str) -> bytes:
        return hmac.digest(self._key, signed.encode(), hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


_HEADER = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
