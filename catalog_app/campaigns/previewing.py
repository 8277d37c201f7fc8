"""What a campaign would say to a sample customer, for each channel and language, and whether they would get it at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from catalog_app.campaigns.audience import asked_of, in_audience
from catalog_app.campaigns.changes import products_of
from catalog_app.campaigns.messages.context import context_of
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.fallback import message_for
from catalog_app.campaigns.messages.promise import Promise, promise_of
from catalog_app.campaigns.messages.rendering import Rendered, compiled
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.triggering.offering import Offering, Terms, offering_of
from catalog_app.campaigns.triggering.withdrawal import Followed
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.history import History, histories
from catalog_app.contacts.permission import Refusal, refusal
from catalog_app.contacts.policy import Policy, policy_of
from catalog_app.core.errors import ConflictError, Sentence
from catalog_app.core.wiring import settings
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict, eligibility
from catalog_app.products.outcome import Outcome
from catalog_app.products.owned import resolve_owned


@dataclass(frozen=True)
class Sample:
    """A customer to preview for: what is known of them, and their id, where their past contacts are to count."""

    features: CustomerFeatures
    customer_id: str | None = None
    channel: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Preview:
    """One message as the customer would read it: rendered, or at fault; with the verdict over its channel."""

    channel: str
    language: str
    product_id: int
    verdict: Verdict
    contact: Refusal | None
    snapshot: Mapping[str, Any]
    rendered: Rendered | None = None
    fault: TemplateError | None = None


@dataclass(frozen=True)
class Previews:
    """Everything that a campaign would say to one customer; `withdrawal` is the policy that it follows now."""

    audience: Verdict
    withdrawal: Followed | None
    items: tuple[Preview, ...]


@dataclass(frozen=True)
class _Showing:
    """What every message of one preview has in common."""

    campaign: Campaign
    customer: CustomerFeatures
    history: History
    policy: Policy
    terms: Sequence[Terms]
    now: datetime

    def show(self, channel: str, language: str, parts: Mapping[str, str]) -> Preview:
        terms, verdict = self._chosen(channel)
        promise = self._promise(terms, language)
        rendered, fault = self._rendered(channel, parts, promise)
        return Preview(
            channel=channel,
            language=language,
            product_id=terms.product.id,
            verdict=verdict,
            contact=refusal(self.policy, self.history, channel, self.now),
            snapshot=promise.snapshot(),
            rendered=rendered,
            fault=fault,
        )

    def _chosen(self, channel: str) -> tuple[Terms, Verdict]:
        """Return the first that may be offered to this customer, else the first, with its verdict."""
        customer = self.history.applied_to(self.customer)
        verdicts = [(terms, eligibility(terms.product, customer, self.now, channel)) for terms in self.terms]
        return next((found for found in verdicts if found[1].outcome is Outcome.YES), verdicts[0])

    def _promise(self, terms: Terms, language: str) -> Promise:
        return promise_of(
            terms.product,
            terms.config,
            language=language,
            now=self.now,
            zone=self.policy.time_zone,
            campaign_version=self.campaign.version,
            successor_of=terms.successor_of,
        )

    def _rendered(
        self, channel: str, parts: Mapping[str, str], promise: Promise
    ) -> tuple[Rendered | None, TemplateError | None]:
        try:
            return compiled(channel, parts).render(context_of(promise, self.customer, self.campaign)), None
        except TemplateError as error:
            return None, error


def previews(session: Session, campaign: Campaign, sample: Sample, *, now: datetime) -> Previews:
    """Return what a campaign would say to this customer now. Nothing is written.

    Over its channels, and in its languages unless one is asked for. Raises ConflictError for one without a product.
    """
    customer = sample.features
    if customer.owned is not None:
        customer = customer.owning(resolve_owned(session, customer.owned))
    policy = policy_of(session)
    offering = (
        offering_of(session, campaign, now, base_currency=settings().base_currency) if _offers(campaign) else None
    )
    terms = _terms(session, campaign, offering)
    history = _history(session, campaign, sample, policy, now)
    showing = _Showing(campaign, customer, history, policy, terms, now)
    messages = _messages(campaign, sample)
    return Previews(
        audience=in_audience(asked_of(campaign.audience), customer, now),
        withdrawal=None if offering is None else offering.withdrawal,
        items=tuple(showing.show(channel, language, parts) for channel, language, parts in messages),
    )


def _offers(campaign: Campaign) -> bool:
    return campaign.product_id is not None or bool(campaign.use_nbo and campaign.candidates)


def _terms(session: Session, campaign: Campaign, offering: Offering | None) -> Sequence[Terms]:
    """Return what would be offered; what it was meant to be where nothing can, so that its message is seen."""
    if offering is not None and offering.terms:
        return offering.terms
    products = products_of(session, campaign).values()
    if not products:
        raise ConflictError(Sentence("Choose a product first: without one there is nothing to show."))
    return [Terms(product, campaign.product_config) for product in products]


def _history(session: Session, campaign: Campaign, sample: Sample, policy: Policy, now: datetime) -> History:
    """Return the customer's past; of somebody without an id it is known that there is none."""
    if sample.customer_id is None:
        return History()
    key = hasher(session)(sample.customer_id)
    found = histories(session, [key], product_ids=None, campaign_id=campaign.id, policy=policy, now=now)
    return found[key]


def _messages(campaign: Campaign, sample: Sample) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Yield the channel, the language and the templates of each message that is to be shown."""
    channels = campaign.channels if sample.channel is None else [sample.channel]
    for channel in channels:
        written: Mapping[str, Mapping[str, str]] = campaign.messages.get(channel, {})
        wanted = [sample.language] if sample.language is not None else list(written)
        for language in wanted:
            chosen = message_for(campaign, channel, language)
            if chosen is not None:
                yield channel, chosen.language, chosen.parts
