"""What a sender is: it takes over a message that was promised, and says what came of it.

A new one is one file and one line in SENDERS (senders/registry.py); the contract tests run over all of them.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, Protocol

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.senders.parcels import Parcel
from catalog_app.core.errors import Sentence

Faults = dict[str, str]
"""What is wrong with a `sender_config`, by its field; "" is about the sender itself."""


class Result(Enum):
    """What came of handing one message over."""

    TAKEN = auto()
    LATER = auto()
    """Not taken; the same message is tried again."""
    REFUSED = auto()
    """This message is never taken, however often it is tried."""
    UNREACHABLE = auto()
    """Nothing gets through at present: it is tried again, and nothing else is tried meanwhile."""
    GONE = auto()
    """The other side wants nothing more of this campaign."""


@dataclass(frozen=True, slots=True)
class Handed:
    """The result, and in our own words why; the words quote neither an address nor what the other side said."""

    result: Result
    error: str | None = None
    retry_after: float | None = None


TAKEN = Handed(Result.TAKEN)


class Hand(Protocol):
    """Hands over the messages of one campaign, one after the other. What goes wrong is a result, never an error."""

    def give(self, parcel: Parcel, now: datetime) -> Handed: ...


class Sender(Protocol):
    """A way for messages to leave. `channels` are those it can serve, none named means every one."""

    @property
    def name(self) -> str: ...
    @property
    def channels(self) -> tuple[str, ...]: ...

    def faults(self, config: Mapping[str, Any], *, has_secret: bool) -> Faults:
        """Return what keeps a campaign with this `sender_config` from being handed over."""
        ...


class Pusher(Sender, Protocol):
    """A sender that goes to the other side by itself; from any other, messages are fetched."""

    def open(self, campaign: Campaign) -> AbstractContextManager[Hand]:
        """Return what hands over messages of this campaign, connected to the other side while the block runs."""
        ...


def unknown_fields(config: Mapping[str, Any], known: tuple[str, ...]) -> Faults:
    """Return a fault for each field that this sender does not have."""
    return {name[:60]: Sentence("This sender has no such setting.") for name in config if name not in known}
