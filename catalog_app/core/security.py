"""What every answer tells the browser about what it may do with it."""

from flask import Flask, Response, request

from catalog_app.core.wiring import settings

_POLICY = {
    "default-src": "'none'",
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
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _NOT_NEEDED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_app(app: Flask) -> None:
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if settings().hsts_seconds and request.is_secure:
        lasting = f"max-age={settings().hsts_seconds}; includeSubDomains"
        response.headers.setdefault("Strict-Transport-Security", lasting)
    if response.mimetype == "text/html" and request.endpoint != "static":
        # A page may show what only its reader may see, also in the browser's cache and after signing out.
        response.headers.setdefault("Cache-Control", "no-store")
    return response
