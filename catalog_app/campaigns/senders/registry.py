"""Every sender there is."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.campaigns.senders.base import Faults, Pusher, Sender
from catalog_app.campaigns.senders.log import Log
from catalog_app.campaigns.senders.outbox import Outbox
from catalog_app.campaigns.senders.smtp import Smtp
from catalog_app.campaigns.senders.webhook import WebhookSender

PUSHERS: Final[tuple[Pusher, ...]] = (WebhookSender(), Smtp(), Log())
SENDERS: Final[tuple[Sender, ...]] = (Outbox(), *PUSHERS)
PUSHED: Final = tuple(sender.name for sender in PUSHERS)
"""The senders that go to the other side by themselves."""


def sender_named(name: str) -> Sender:
    """Return the sender of this name; raise LookupError where there is none."""
    return next((sender for sender in SENDERS if sender.name == name), None) or _missing(name)


def pusher_named(name: str) -> Pusher:
    """Return the same among those that go by themselves."""
    return next((sender for sender in PUSHERS if sender.name == name), None) or _missing(name)


def checked_config(sender: str, config: Mapping[str, Any], *, has_secret: bool) -> Faults:
    """Return what keeps a campaign of this sender from being handed over, by the field of its `sender_config`.

    Under "" stands what is about the sender itself: a setting that is missing here, or a secret.
    """
    return sender_named(sender).faults(config, has_secret=has_secret)


def _missing(name: str) -> Any:
    raise LookupError(f"there is no sender {name!r}")
