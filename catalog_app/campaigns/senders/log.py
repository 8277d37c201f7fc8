"""Sender log: a line in the log and nothing else, for development. The line names nobody, and quotes no message."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import structlog

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.senders.base import TAKEN, Faults, Handed, unknown_fields
from catalog_app.campaigns.senders.parcels import Parcel

log = structlog.get_logger()


class Log:
    name: Final = "log"
    channels: Final[tuple[str, ...]] = ()

    def faults(self, config: Mapping[str, Any], *, has_secret: bool) -> Faults:  # noqa: ARG002  # it has none
        return unknown_fields(config, ())

    @contextmanager
    def open(self, campaign: Campaign) -> Iterator["_Line"]:  # noqa: ARG002  # every campaign has the same log
        yield _Line()


class _Line:
    def give(self, parcel: Parcel, now: datetime) -> Handed:  # noqa: ARG002  # the log has its own clock
        log.info(
            "campaign message",
            delivery=parcel.delivery_id,
            campaign=parcel.campaign_id,
            product=parcel.product_id,
            channel=parcel.channel,
            language=parcel.language,
            attempt=parcel.attempt,
            # How long each part is: the text itself may name the customer.
            characters={part: len(text) for part, text in (parcel.message or {}).items() if isinstance(text, str)},
        )
        return TAKEN
