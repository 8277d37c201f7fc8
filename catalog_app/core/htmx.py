"""What htmx asks for, in one place."""

from flask import Response, request


def wants_fragment() -> bool:
    """Return whether the answer should be a fragment: htmx asks, for a part of a page, not for a whole one."""
    headers = request.headers
    if headers.get("HX-Request") != "true":
        return False
    return headers.get("HX-Boosted") != "true" and headers.get("HX-History-Restore-Request") != "true"


def vary_on_htmx(response: Response) -> Response:
    """Mark every answer that may depend on `wants_fragment`, so that no cache mixes pages and fragments."""
    if response.mimetype == "text/html":
        response.vary.add("HX-Request")
    return response
