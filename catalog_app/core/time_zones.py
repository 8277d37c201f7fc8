"""The time zone in which pages tell the time: chosen by who reads, else UTC. Programs are always told UTC."""

from functools import cache
from typing import Final
from zoneinfo import available_timezones

from flask import Response, has_request_context, request

from catalog_app.core.asked import MACHINE_PATHS
from catalog_app.core.cookies import cookie_name

UTC_NAME: Final = "UTC"
COOKIE: Final = "catalog_time_zone"
_YEAR: Final = 365 * 24 * 60 * 60


@cache
def zones() -> tuple[str, ...]:
    """Return the zones to choose from, UTC first: those that are named after a place."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return (UTC_NAME, *places)


def zone_asked() -> str:
    """Return the zone of this request."""
    return zone_chosen() or UTC_NAME


def zone_chosen() -> str | None:
    """Return the zone that somebody chose in this browser, None where nobody did or a program asks.

    The choice travels in a cookie, so that no page reads the database for it.
    """
    if not has_request_context() or request.path.startswith(MACHINE_PATHS):
        return None
    chosen = request.cookies.get(cookie_name(COOKIE, is_secure=request.is_secure))
    return chosen if chosen in zones() else None


def zone_words(name: str) -> str:
    """Return what people call a zone: "Riyadh" for Asia/Riyadh."""
    return name.rpartition("/")[2].replace("_", " ")


def keep_zone(response: Response, name: str) -> Response:
    """Let the browser remember a choice of zone."""
    is_secure = request.is_secure
    cookie = cookie_name(COOKIE, is_secure=is_secure)
    response.set_cookie(cookie, name, max_age=_YEAR, httponly=True, samesite="Lax", secure=is_secure, path="/")
    return response
