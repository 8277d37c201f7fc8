"""The time zone that a person wants to be told the time in."""

from catalog_app.accounts.service.preferences import prefer, preference

_KEY = "time_zone"


def time_zone_of(user_id: int) -> str | None:
    """Return the zone that a person chose, None where they never did."""
    chosen = preference(user_id, _KEY)
    return chosen if isinstance(chosen, str) else None


def choose_time_zone(user_id: int, name: str) -> None:
    """Remember it for every device of theirs; others follow at their next sign-in."""
    prefer(user_id, _KEY, name)
