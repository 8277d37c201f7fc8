"""What becomes of one item of a trigger: a pure decision on facts that were read before, in a fixed order of checks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from catalog_app.campaigns.audience import asked_of, in_audience
from catalog_app.campaigns.messages.promise import ends_at
from catalog_app.campaigns.models import ACTIVE, CONTROL, HELD, REFUSED, SCHEDULED, WAITING, Campaign
from catalog_app.campaigns.triggering.control import is_held_out
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.offering import Offering, Terms
from catalog_app.campaigns.triggering.said import as_reason
from catalog_app.contacts.history import History
from catalog_app.contacts.permission import Limits, cap_refusal, choice_refusal, limit_refusal
from catalog_app.contacts.policy import Policy
from catalog_app.contacts.quiet import not_before
from catalog_app.products.checks import Reason
from catalog_app.products.eligibility import eligibility
from catalog_app.products.outcome import Outcome

if TYPE_CHECKING:
    from catalog_app.recommendations.scoring.ordering import Ordering

NOT_ACTIVE: Final = "not_active"
NOT_STARTED: Final = "not_started"
ENDED: Final = "ended"
INVALID: Final = "invalid_features"
AUDIENCE: Final = "audience"
CHANNEL: Final = "channel"
NO_PRODUCT: Final = "product"
OFFER_OVER: Final = "offer_over"
IN_CONTROL: Final = "control"
QUOTA: Final = "quota"
TOTAL_LIMIT: Final = "total_limit"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an item. WAITING is a promise still to be reserved, over `channel`, not before `not_before`."""

    status: str
    reasons: tuple[dict[str, Any], ...] = ()
    terms: Terms | None = None
    channel: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True)
class Deciding:
    """What a campaign decides by, the same for every item of a call."""

    campaign: Campaign
    offering: Offering
    policy: Policy
    now: datetime
    # What orders several products for each customer; without it they come as the offering has them.
    ordering: "Ordering | None" = None

    def decide(self, item: TriggerItem, customer: str, history: History) -> Decision:
        """Return what becomes of an item of this customer (a hash) whose past is `history`; quota is not looked at."""
        refused = self.standing or self._invalid(item) or self._outside(item)
        if refused:
            return Decision(REFUSED, refused)
        goes_out = self._not_before(item)
        at = goes_out or self.now
        channel, forbidden = self._channel(item, history, at)
        against = forbidden or self._limited(history, at)
        if against:
            return Decision(REFUSED, against, channel=channel)
        capped = cap_refusal(self.policy, history, channel, at)
        if capped is not None:
            return Decision(REFUSED, (as_reason(capped),), channel=channel)
        return self._offered(item, customer, history, channel, goes_out)

    def tested(self, item: TriggerItem) -> Decision:
        """Return a promise whatever speaks against it, with what the verdict says; refused where there is nothing."""
        channel = item.channel or next(iter(self.campaign.channels), "")
        if item.faults:
            return Decision(REFUSED, self._invalid(item), channel=channel)
        if not self.offering.terms:
            return replace(self._withdrawn(channel), status=REFUSED)
        terms, against = self._eligible(item, History(), channel, self.now)
        followed = () if terms.withdrawal is None else (terms.withdrawal.as_reason(),)
        return Decision(WAITING, (*against, *followed), terms, channel)

    @cached_property
    def standing(self) -> tuple[dict[str, Any], ...]:
        """Why the campaign answers nobody at this moment; empty where it does."""
        campaign, now = self.campaign, self.now
        if campaign.status not in (ACTIVE, SCHEDULED):
            return _reason(NOT_ACTIVE, "status", f"status: the campaign is {campaign.status}")
        if campaign.starts_at is not None and now < campaign.starts_at:
            return _reason(NOT_STARTED, "starts_at", f"starts_at: begins {_moment(campaign.starts_at)}")
        if campaign.ends_at is not None and now >= campaign.ends_at:
            return _reason(ENDED, "ends_at", f"ends_at: ended {_moment(campaign.ends_at)}")
        return ()

    def _invalid(self, item: TriggerItem) -> tuple[dict[str, Any], ...]:
        return tuple({"code": INVALID, "rule": field, "message": str(said)} for field, said in item.faults.items())

    def _outside(self, item: TriggerItem) -> tuple[dict[str, Any], ...]:
        if not self.campaign.audience:
            return ()
        verdict = in_audience(self._audience, item.customer, self.now)
        return tuple(
            {"code": AUDIENCE, "rule": f"audience.{reason.rule}", "message": reason.message}
            for reason in verdict.reasons
        )

    @cached_property
    def _audience(self) -> Any:
        return asked_of(self.campaign.audience)

    def _not_before(self, item: TriggerItem) -> datetime | None:
        campaign, policy = self.campaign, self.policy
        own = campaign.quiet_from is not None
        begin, end = (campaign.quiet_from, campaign.quiet_to) if own else (policy.quiet_from, policy.quiet_to)
        return not_before(begin, end, item.time_zone or policy.time_zone, self.now)

    def _channel(self, item: TriggerItem, history: History, at: datetime) -> tuple[str, tuple[dict[str, Any], ...]]:
        """Return the channel, and what the customer's choice says against it.

        Where none was asked for it is the first that the product, the customer and the caps allow, else the first.
        """
        channels = self.campaign.channels
        if item.channel is not None:
            if item.channel not in channels:
                words = f"channels: {item.channel} is none of {', '.join(channels) or 'no channel'}"
                return item.channel, _reason(CHANNEL, "channels", words)
            return item.channel, self._chosen_against(history, item.channel)
        if not channels:
            return "", _reason(CHANNEL, "channels", "channels: the campaign has none")
        wanted = list(self._fitting) or list(channels)
        free = (channel for channel in wanted if self._is_free(history, channel, at))
        channel = next(free, wanted[0])
        return channel, self._chosen_against(history, channel)

    @cached_property
    def _fitting(self) -> tuple[str, ...]:
        """The campaign's channels over which one of the products may be offered."""
        products = [terms.product for terms in self.offering.terms]
        return tuple(
            channel
            for channel in self.campaign.channels
            if any(not product.channels or channel in product.channels for product in products)
        )

    def _is_free(self, history: History, channel: str, at: datetime) -> bool:
        return not choice_refusal(self.policy, history.choices, channel) and not cap_refusal(
            self.policy, history, channel, at
        )

    def _chosen_against(self, history: History, channel: str) -> tuple[dict[str, Any], ...]:
        against = choice_refusal(self.policy, history.choices, channel)
        return () if against is None else (as_reason(against),)

    def _limited(self, history: History, at: datetime) -> tuple[dict[str, Any], ...]:
        """Return what the campaign's own limits say; of several candidates one without a recent no is enough."""
        campaign = self.campaign
        limits = Limits(campaign.limit_per_customer, campaign.cooldown_days, campaign.decline_days)
        numbers = self.offering.product_ids or [campaign.product_id or 0]
        refusals = [limit_refusal(limits, history, number, at) for number in numbers]
        first = refusals[0]
        return () if first is None or None in refusals else (as_reason(first),)

    def _offered(
        self, item: TriggerItem, customer: str, history: History, channel: str, goes_out: datetime | None
    ) -> Decision:
        offering, campaign = self.offering, self.campaign
        if not offering.terms:
            return self._withdrawn(channel)
        terms, against = self._eligible(item, history, channel, goes_out or self.now)
        withdrawn = () if terms.withdrawal is None else (terms.withdrawal.as_reason(),)
        if against:
            return Decision(REFUSED, (*against, *withdrawn), terms, channel)
        if is_held_out(customer, campaign.id, campaign.control_group_percent):
            said = _reason(IN_CONTROL, "control_group_percent", "control_group_percent: held out, to compare with")
            return Decision(CONTROL, (*said, *withdrawn), terms, channel)
        return Decision(WAITING, withdrawn, terms, channel, goes_out)

    def _withdrawn(self, channel: str) -> Decision:
        withdrawal = self.offering.withdrawal
        if withdrawal is None:
            return Decision(REFUSED, _reason(NO_PRODUCT, "product_id", "product_id: nothing can be offered"))
        said = _reason(withdrawal.because, "product_id", f"product_id: the product is {withdrawal.because}")
        return Decision(HELD if withdrawal.holds else REFUSED, (*said, withdrawal.as_reason()), channel=channel)

    def _eligible(
        self, item: TriggerItem, history: History, channel: str, at: datetime
    ) -> tuple[Terms, tuple[dict[str, Any], ...]]:
        """Return the first terms that this customer may be offered, else the first with what speaks against them."""
        customer = history.applied_to(item.customer)
        first: tuple[Terms, tuple[dict[str, Any], ...]] | None = None
        for terms in self._open_to(item, history, at):
            verdict = eligibility(terms.product, customer, self.now, channel)
            against = (*tuple(map(_checked, verdict.reasons)), *self._over(terms, at))
            if not against:
                return terms, ()
            first = first or (terms, against)
        return first or (self.offering.terms[0], ())

    def _ordered(self, item: TriggerItem) -> Sequence[Terms]:
        terms = self.offering.terms
        if self.ordering is None or len(terms) <= 1:
            return terms
        by_id = {one.product.id: one for one in terms}
        owned = () if item.customer.owned is None else tuple(item.customer.owned.ids)
        return [by_id[number] for number in self.ordering.of(item.features, owned) if number in by_id]

    def _over(self, terms: Terms, at: datetime) -> tuple[dict[str, Any], ...]:
        """Return that the offer, or the sale of its product, has ended by the time the message goes out."""
        ends = ends_at(terms.product, terms.config, self.policy.time_zone)
        if ends is None or at < ends:
            return ()
        rule = "valid_to" if ends == terms.product.valid_to else "product_config.valid_to"
        return _reason(OFFER_OVER, rule, f"valid_to: the offer ends {_moment(ends)}, before this could be sent")

    def _open_to(self, item: TriggerItem, history: History, at: datetime) -> Iterator[Terms]:
        """Yield the terms whose product this customer has not declined lately, best first."""
        limits = Limits(decline_days=self.campaign.decline_days)
        for terms in self._ordered(item):
            if limit_refusal(limits, history, terms.product.id, at) is None:
                yield terms


def without_quota(code: str, rule: str, message: str, decided: Decision) -> Decision:
    """Return what becomes of a promise for which nothing is left."""
    return Decision(REFUSED, (*_reason(code, rule, message), *decided.reasons), decided.terms, decided.channel)


def _reason(code: str, rule: str, message: str) -> tuple[dict[str, Any], ...]:
    return ({"code": code, "rule": rule, "message": message},)


def _checked(reason: Reason) -> dict[str, Any]:
    """Return what a check of the verdict says; what was not told counts as no, and says so."""
    shown: Mapping[str, Any] = {"outcome": str(reason.outcome)} if reason.outcome is Outcome.UNKNOWN else {}
    return {**as_reason(reason), **shown}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
