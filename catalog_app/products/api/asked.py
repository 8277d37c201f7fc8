"""What an answer to a read depends on, out of Flask's request."""

from flask import request

from catalog_app.core.clock import utcnow
from catalog_app.core.links import absolute
from catalog_app.products.reads.answers import Request


def read_request() -> Request:
    """Return the present request as the read side takes it."""
    return Request(
        query=request.query_string.decode(),
        if_none_match=request.headers.get("If-None-Match", ""),
        now=utcnow(),
        address=lambda: absolute(f"{request.script_root}{request.path}"),
    )
