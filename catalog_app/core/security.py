"""What every answer tells the browser about what it may do with it."""

from typing import Final

from flask import Flask, Response, request

from catalog_app.core.answers import Headers
from catalog_app.settings import Settings

_POLICY = {
    "default-src": "'none'",
    "object-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": "'self'",
}
CONTENT_SECURITY_POLICY = "; ".join(f"{directive} {sources}" for directive, sources in _POLICY.items())
_NOT_NEEDED = ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb")
HEADERS: Final[Headers] = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", ", ".join(f"{feature}=()" for feature in _NOT_NEEDED)),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def init_app(app: Flask) -> None:
    app.after_request(_keep_to_reader)


def protecting(settings: Settings, *, is_secure: bool) -> Headers:
    """Return the headers of every answer; one that says something of its own under such a name keeps its own."""
    if not (settings.hsts_seconds and is_secure):
        return HEADERS
    return (*HEADERS, ("Strict-Transport-Security", f"max-age={settings.hsts_seconds}; includeSubDomains"))


def _keep_to_reader(response: Response) -> Response:
    if response.mimetype == "text/html" and request.endpoint != "static":
        # A page may show what only its reader may see, also in the browser's cache and after signing out.
        response.headers.setdefault("Cache-Control", "no-store")
    return response
