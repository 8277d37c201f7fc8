"""The message of an item, rendered before anybody waits: texts are compiled once, and what all customers share is made once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog_app.campaigns.messages.context import shared_context, with_customer
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.fallback import message_for
from catalog_app.campaigns.messages.promise import promise_of
from catalog_app.campaigns.messages.rendering import Compiled, compiled
from catalog_app.campaigns.models import REFUSED
from catalog_app.campaigns.triggering.deciding import Deciding, Decision
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.offering import Terms

MESSAGE: Final = "message"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to one customer, and what it promises."""

    language: str
    parts: Mapping[str, Any]
    snapshot: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    language: str
    template: Compiled
    shared: Mapping[str, Any]
    snapshot: Mapping[str, Any]


class Wording:
    """Renders the messages of one call."""

    def __init__(self, deciding: Deciding) -> None:
        self._deciding = deciding
        self._ready: dict[tuple[int, str, str | None], _Ready] = {}

    def message(self, item: TriggerItem, decision: Decision) -> Message:
        """Return the message for a promise; raise TemplateError where it cannot be said to this customer."""
        terms, channel = decision.terms, decision.channel or ""
        if terms is None:
            raise LookupError("only a promise has a message")
        key = (terms.product.id, channel, item.language)
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = self._prepared(terms, channel, item.language)
        rendered = ready.template.render(with_customer(ready.shared, item.customer))
        return Message(ready.language, rendered.as_json(), ready.snapshot)

    def _prepared(self, terms: Terms, channel: str, language: str | None) -> _Ready:
        campaign = self._deciding.campaign
        chosen = message_for(campaign, channel, language)
        if chosen is None:
            raise NoMessageError(channel)
        promise = promise_of(
            terms.product,
            terms.config,
            language=chosen.language,
            now=self._deciding.now,
            zone=self._deciding.policy.time_zone,
            campaign_version=campaign.version,
            successor_of=terms.successor_of,
        )
        template = compiled(channel, chosen.parts)
        return _Ready(chosen.language, template, shared_context(promise, campaign), promise.snapshot())


class NoMessageError(Exception):
    """The campaign has no text for a channel."""


def unsaid(decided: Decision, error: TemplateError | NoMessageError) -> Decision:
    """Return what becomes of a promise whose message cannot be said."""
    if isinstance(error, TemplateError):
        rule, words = f"messages.{decided.channel}.{error.part}", str(error.message)
    else:
        rule, words = f"messages.{decided.channel}", "messages: the campaign has no text for this channel"
    said = {"code": MESSAGE, "rule": rule, "message": words}
    return Decision(REFUSED, (said, *decided.reasons), decided.terms, decided.channel)
