"""To whom a message speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reader:
    """The language of a message, the zone of its moments, and the currency of its amounts."""

    language: str
    zone: str
    currency: str | None
