"""Which other origins a browser lets use the API: none, unless the settings name them."""

from collections.abc import Collection
from typing import Final

from catalog_app.core.answers import Headers
from catalog_app.core.asked import Asked

ANY: Final = "*"
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
_TAKEN: Final = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-ID"
_SHOWN: Final = (
    "ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID, X-Result-Count,"
    " X-Total-Count"
)
_SECONDS: Final = "600"


def cors_headers(asked: Asked, origins: Collection[str]) -> Headers:
    """Return what tells a browser whether a page of another origin may read this answer.

    Tokens are sent by programs on purpose, never by a browser on its own, so credentials are not allowed.
    """
    if not origins or not asked.is_for_machines:
        return ()
    vary: Headers = () if ANY in origins else (("Vary", "Origin"),)
    if not asked.origin or not (ANY in origins or asked.origin in origins):
        return vary
    allowed: Headers = (("Access-Control-Allow-Origin", ANY if ANY in origins else asked.origin),)
    if asked.method == "OPTIONS":
        asks: Headers = (
            ("Access-Control-Allow-Methods", _METHODS),
            ("Access-Control-Allow-Headers", _TAKEN),
            ("Access-Control-Max-Age", _SECONDS),
        )
        return allowed + asks + vary
    return (*allowed, ("Access-Control-Expose-Headers", _SHOWN), *vary)
