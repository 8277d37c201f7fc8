"""Sender outbox: the campaign engine fetches what waits, and says what became of it (leasing.py, acknowledging.py)."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.campaigns.senders.base import Faults, unknown_fields


class Outbox:
    name: Final = "outbox"
    channels: Final[tuple[str, ...]] = ()

    def faults(self, config: Mapping[str, Any], *, has_secret: bool) -> Faults:  # noqa: ARG002  # it has none
        return unknown_fields(config, ())
