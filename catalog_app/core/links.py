"""Addresses of ours, as other systems have to write them."""

from flask import request

from catalog_app.core.wiring import settings

API_BASE = "/api/loyalty/v1"


def absolute(path: str) -> str:
    """Return the whole URL of a path: under the public base URL where one is set, else as the request reached us."""
    base = settings().public_base_url or request.host_url
    return base.rstrip("/") + path
