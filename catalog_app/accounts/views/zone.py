"""The time zone of a browser that has just signed in."""

from flask import Response

from catalog_app.accounts.service import sessions
from catalog_app.accounts.service.time_zones import time_zone_of
from catalog_app.core.time_zones import keep_zone, zones


def in_own_zone(response: Response, secret: str) -> Response:
    """Let the browser tell the time in the zone that the person chose, on this device or on another."""
    who = sessions.find(secret)
    chosen = time_zone_of(who.user_id) if who is not None else None
    return keep_zone(response, chosen) if chosen is not None and chosen in zones() else response
