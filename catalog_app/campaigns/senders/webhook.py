"""Sender webhook: each message is posted to the campaign's own address, signed as Standard Webhooks says."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import orjson

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.senders.base import TAKEN, Faults, Handed, Result, unknown_fields
from catalog_app.campaigns.senders.parcels import Parcel, parcel_document
from catalog_app.core.courier import Courier, Outcome, checked_url
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.json_values import moment_text
from catalog_app.core.sealing import can_seal

TYPE: Final = "campaign.message"
_BUSY: Final = (429, 502, 503, 504)
"""Answers that are about the other side as a whole, not about the message."""


class WebhookSender:
    name: Final = "webhook"
    channels: Final[tuple[str, ...]] = ()

    def faults(self, config: Mapping[str, Any], *, has_secret: bool) -> Faults:
        faults = unknown_fields(config, ("url",))
        url = config.get("url")
        if not isinstance(url, str) or not url:
            faults["url"] = Sentence("Say where messages are sent to.")
        else:
            faults |= _url_faults(url)
        if not can_seal():
            faults[""] = Sentence("Nothing can be signed here, because CATALOG_ENCRYPTION_KEYS is not set.")
        elif not has_secret:
            faults[""] = Sentence("Make a secret first: it signs what is sent.")
        return faults

    @contextmanager
    def open(self, campaign: Campaign) -> Iterator["_Post"]:
        # Nothing leaves unsigned: a secret that is missing is one that cannot be opened.
        with Courier(str(campaign.sender_config.get("url") or ""), campaign.sender_secret or "") as courier:
            yield _Post(courier)


class _Post:
    def __init__(self, courier: Courier) -> None:
        self._courier = courier

    def give(self, parcel: Parcel, now: datetime) -> Handed:
        body = {"type": TYPE, "timestamp": moment_text(now), "data": parcel_document(parcel)}
        return _handed(self._courier.send(f"msg_delivery_{parcel.delivery_id}", orjson.dumps(body), now))


def _handed(outcome: Outcome) -> Handed:
    if outcome.is_delivered:
        return TAKEN
    if outcome.is_gone:
        return Handed(Result.GONE, outcome.error)
    # Without a status there was no answer at all.
    is_ill = outcome.status is None or outcome.status in _BUSY
    return Handed(Result.UNREACHABLE if is_ill else Result.LATER, outcome.error, outcome.retry_after)


def _url_faults(url: str) -> Faults:
    try:
        checked_url(url)
    except RuleError as error:
        return error.errors
    return {}
