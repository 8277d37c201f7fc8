"""How callers of the stand-ins prove who they are."""

import base64
import binascii
import hmac

from catalog_app.demo.standin.exchange import Request


def same(sent: str, expected: str) -> bool:
    """Compare in a time that does not depend on where the two differ."""
    return hmac.compare_digest(sent.encode(), expected.encode())


def bearer(request: Request) -> str:
    """Return the token of the Authorization header, empty if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def basic(request: Request) -> tuple[str, str]:
    """Return user name and password of the Authorization header, both empty if there are none."""
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


class FixedAccess:
    """Credentials that are not given out but agreed on once, such as an API key; they may be refused for a while."""

    def __init__(self) -> None:
        self._refusals = 0

    def void(self) -> None:
        """Refuse the next request, as good as its credentials are."""
        self._refusals += 1

    def is_void(self) -> bool:
        """Tell whether this request is one of those to be refused."""
        if self._refusals:
            self._refusals -= 1
            return True
        return False
