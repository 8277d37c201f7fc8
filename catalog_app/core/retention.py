"""What rooms keep for a time and then forget, apart from what runs leave behind: asked for by one command, once a day."""

from collections.abc import Mapping
from typing import Protocol

from catalog_app.core.wiring import providers


class Retention(Protocol):
    """A room that keeps something for a time."""

    def __call__(self) -> Mapping[str, int]:
        """Delete what has been kept for long enough, and return how many of each kind that were."""
        ...


def forget() -> dict[str, int]:
    """Have every room delete what it has kept for long enough. Safe to call at any time, by several at once."""
    gone: dict[str, int] = {}
    for purge in providers(Retention):
        gone.update(purge())
    return gone
