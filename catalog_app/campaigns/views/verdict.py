"""Whether the customer of the preview would get the offer, in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask_babel import gettext
from sqlalchemy.orm import Session

from catalog_app.campaigns.audience import asked_of
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.previewing import Preview
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict
from catalog_app.products.labels import term
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.references import References, references
from catalog_app.products.verdict_words import VerdictWords


@dataclass(frozen=True)
class Answer:
    outcome: str
    words: str


@dataclass(frozen=True)
class Answering:
    """Says the verdicts on one customer. `segments` are labels by key."""

    session: Session
    name: str
    customer: CustomerFeatures
    segments: Mapping[str, str]
    now: datetime

    def answer(self, campaign: Campaign, audience: Verdict, preview: Preview) -> Answer | None:
        """Return whether the customer is meant and may be offered what is shown, with the first thing that says no."""
        if audience.outcome is not Outcome.YES:
            return self._not_meant(campaign, audience)
        product = self.session.get(Product, preview.product_id)
        if product is None:
            return None
        why = self._why(preview.verdict, product, references(self.session, product), preview.channel)
        return Answer(preview.verdict.outcome.value, self._offered(preview.verdict.outcome, preview.channel, why))

    def _not_meant(self, campaign: Campaign, audience: Verdict) -> Answer:
        why = self._why(audience, cast("Any", asked_of(campaign.audience)), References((), ()), None)
        told = {"name": self.name, "why": why}
        if audience.outcome is Outcome.NO:
            return Answer("no", gettext("%(name)s is not in the audience. %(why)s", **told))
        return Answer("unknown", gettext("Nobody can say whether %(name)s is in the audience. %(why)s", **told))

    def _offered(self, outcome: Outcome, channel: str, why: str) -> str:
        told = {"name": self.name, "why": why, "channel": term(channel)}
        if outcome is Outcome.YES:
            return str(gettext("%(name)s is eligible for this offer by %(channel)s", **told))
        if outcome is Outcome.NO:
            return str(gettext("%(name)s is not eligible. %(why)s", **told))
        return str(gettext("Nobody can say whether %(name)s is eligible. %(why)s", **told))

    def _why(self, verdict: Verdict, asked: Product, named: References, channel: str | None) -> str:
        return VerdictWords(asked, self.segments, named, self.now, self.customer, channel).headline(verdict)
