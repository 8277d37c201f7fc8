"""The checks of a trigger for one customer, one by one and in their order, in words; nothing is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from flask_babel import gettext
from sqlalchemy.orm import Session

from catalog_app.campaigns.audience import asked_of, in_audience
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.results.words import reason_words
from catalog_app.campaigns.triggering.control import is_held_out
from catalog_app.campaigns.triggering.deciding import Deciding
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.offering import Terms
from catalog_app.campaigns.withdrawn_words import withdrawn_sentence
from catalog_app.contacts.history import History
from catalog_app.contacts.permission import Limits, Refusal, cap_refusal, choice_refusal, limit_refusal
from catalog_app.core.moments import figure
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.references import References, references
from catalog_app.products.verdict_words import CheckLine, VerdictWords

_NOBODY = References((), ())


@dataclass(frozen=True)
class Checks:
    """What a trigger of this item asks. `history` is None where nobody told who the customer is."""

    session: Session
    deciding: Deciding
    item: TriggerItem
    customer: str
    history: History | None
    segments: Mapping[str, str]

    def lines(self) -> tuple[CheckLine, ...]:
        return (self._audience(), *self._contact(), *self._product(), *self._control())

    @property
    def campaign(self) -> Campaign:
        return self.deciding.campaign

    @property
    def channel(self) -> str:
        return self.item.channel or next(iter(self.campaign.channels), "")

    @cached_property
    def terms(self) -> Terms | None:
        """The first of what is offered that this customer may have, else the first."""
        offered = self.deciding.offering.terms
        fitting = (terms for terms in offered if self._verdict(terms.product).outcome is Outcome.YES)
        return next(fitting, offered[0] if offered else None)

    @cached_property
    def _known(self) -> CustomerFeatures:
        return self.item.customer if self.history is None else self.history.applied_to(self.item.customer)

    def _verdict(self, product: Product) -> Any:
        return eligibility(product, self._known, self.deciding.now, self.channel)

    def _audience(self) -> CheckLine:
        label = gettext("Audience")
        if not self.campaign.audience:
            return CheckLine(label, gettext("everybody"), Outcome.YES)
        asked = asked_of(self.campaign.audience)
        verdict = in_audience(asked, self.item.customer, self.deciding.now)
        words = self._words(cast("Product", asked), _NOBODY).headline(verdict)
        return CheckLine(label, words or gettext("inside"), verdict.outcome)

    def _contact(self) -> Iterator[CheckLine]:
        """Yield what the customer chose, and the limits and caps; of somebody nobody knows there is nothing to ask."""
        history, campaign, now, policy = self.history, self.campaign, self.deciding.now, self.deciding.policy
        if history is None:
            yield CheckLine(gettext("Consent and limits"), gettext("not looked up without a customer id"), Outcome.YES)
            return
        chosen = choice_refusal(policy, history.choices, self.channel)
        yield _asked(gettext("Consent"), chosen, gettext("given, or not needed"))
        limits = Limits(campaign.limit_per_customer, campaign.cooldown_days, campaign.decline_days)
        product_id = self.terms.product.id if self.terms else campaign.product_id or 0
        limited = limit_refusal(limits, history, product_id, now)
        capped = cap_refusal(policy, history, self.channel, now)
        yield _asked(gettext("Limits and caps"), limited or capped, gettext("not reached"))

    def _product(self) -> Iterator[CheckLine]:
        if self.terms is None:
            yield CheckLine(gettext("Product"), self._withdrawn(), Outcome.NO)
            return
        product = self.terms.product
        named = references(self.session, product) if product.relations else _NOBODY
        yield from self._words(product, named).lines(self._verdict(product))

    def _withdrawn(self) -> str:
        offering = self.deciding.offering
        if offering.withdrawal is None:
            return str(gettext("none is chosen yet"))
        product = offering.seen.get(offering.withdrawal.product_id or 0)
        return withdrawn_sentence(offering.withdrawal.because, product.name if product else "")

    def _control(self) -> Iterator[CheckLine]:
        percent, label = self.campaign.control_group_percent, gettext("Control group")
        if not percent:
            return
        if self.history is None:
            share = gettext("%(percent)s %% of customers are held out", percent=figure(float(percent)))
            yield CheckLine(label, share, Outcome.YES)
        elif is_held_out(self.customer, self.campaign.id, percent):
            yield CheckLine(label, gettext("held out, to compare with"), Outcome.NO)
        else:
            yield CheckLine(label, gettext("not held out"), Outcome.YES)

    def _words(self, product: Product, named: References) -> VerdictWords:
        return VerdictWords(product, self.segments, named, self.deciding.now, self._known, self.channel)


def _asked(label: str, refusal: Refusal | None, otherwise: str) -> CheckLine:
    if refusal is None:
        return CheckLine(label, otherwise, Outcome.YES)
    return CheckLine(label, reason_words(refusal.code), Outcome.NO)
