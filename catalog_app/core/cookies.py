"""The names of our cookies."""

from typing import Final

# Under this prefix a browser takes the cookie only over TLS, for this host alone and for every path.
_HOST_PREFIX: Final = "__Host-"


def cookie_name(name: str, *, is_secure: bool) -> str:
    """Return what a cookie is called: over TLS a name that no neighbour of this host can set."""
    return _HOST_PREFIX + name if is_secure else name
