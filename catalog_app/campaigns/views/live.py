"""What the editor shows beside what is typed: the message of a sample customer, the verdict, and what pre-flight finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from catalog_app.accounts import actor, i_may
from catalog_app.campaigns.changes import products_of
from catalog_app.campaigns.checking import findings_of
from catalog_app.campaigns.forms import CampaignForm
from catalog_app.campaigns.messages.finding import ERROR, WARNING, Finding
from catalog_app.campaigns.messages.parts import PARTS, Part
from catalog_app.campaigns.messages.placeholders import Group, placeholders
from catalog_app.campaigns.messages.promise import promise_of
from catalog_app.campaigns.models import COMPLETED, DRAFT, PAUSED, Campaign
from catalog_app.campaigns.previewing import Preview, Sample, previews
from catalog_app.campaigns.views.findings import FindingLine, key_of, lines_of
from catalog_app.campaigns.views.product_facts import ProductFacts, facts_of
from catalog_app.campaigns.views.rendered import Length, Readings, Shown, readings
from catalog_app.campaigns.views.samples import Walk, walk
from catalog_app.campaigns.views.sketch import sketched
from catalog_app.campaigns.views.verdict import Answer, Answering
from catalog_app.contacts.policy import policy_of
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.models import Product


@dataclass(frozen=True)
class Live:
    """Everything in the editor that follows the typing."""

    sketch: Campaign
    product: Product | None
    facts: ProductFacts
    names: Mapping[str, str]
    channel: str
    language: str
    walked: Walk
    read: Readings
    verdict: Answer | None
    found: Sequence[Finding]
    placeholders: Sequence[Group]
    is_new: bool

    all_channels = tuple(PARTS)

    @property
    def shown(self) -> Shown | None:
        """Return the message on the phone; where its language has none, what its customers get instead."""
        found = self.read.shown.get((self.channel, self.language))
        return found or self.read.shown.get((self.channel, self.sketch.fallback_language))

    @property
    def sample(self) -> Any:
        return self.walked.here

    @property
    def previous_sample(self) -> int | None:
        return self.walked.previous

    @property
    def next_sample(self) -> int | None:
        return self.walked.next

    @property
    def findings(self) -> Sequence[FindingLine]:
        return lines_of(self.found, self.sketch)

    @property
    def errors(self) -> int:
        return sum(one.level == ERROR for one in self.found)

    @property
    def warnings(self) -> int:
        return sum(one.level == WARNING for one in self.found)

    @property
    def is_draft(self) -> bool:
        return not self.is_new and self.sketch.status == DRAFT

    @property
    def run_verb(self) -> str:
        """Return what lets the campaign run: to activate a draft, or to resume one that was paused."""
        return "resume" if self.sketch.status == PAUSED else "activate"

    @property
    def may_activate(self) -> bool:
        return not self.is_new and i_may("approver") and self.sketch.status in {DRAFT, PAUSED}

    @property
    def test_url(self) -> str | None:
        """Return where a test is sent from, for the customer and the language in front.

        What was never saved cannot be tried.
        """
        is_over = self.sketch.status == COMPLETED
        may = i_may("editor") and not self.is_new and not is_over
        customer = self.sample.id if self.sample else None
        if not may:
            return None
        return url_for("campaigns.test", campaign_id=self.sketch.id, customer=customer, language=self.language)

    @property
    def is_narrowed(self) -> bool:
        """Return whether something is said in the part that is folded away at first."""
        more = self.sketch.audience.get("rule") or self.sketch.audience.get("exclude_segments")
        return bool(more or self.sketch.cooldown_days is not None or self.sketch.limit_total is not None)

    @property
    def walk(self) -> dict[str, str]:
        """Return how a button asks for another customer without the form being drawn anew."""
        return {"hx-post": url_for("campaigns.check"), "hx-include": "closest form", "hx-swap": "none"}

    def parts_of(self, channel: str) -> tuple[Part, ...]:
        return PARTS[channel]

    def count(self, channel: str, language: str, part: str) -> Length | None:
        return self.read.lengths.get((channel, language, part))

    def is_faulty(self, channel: str, language: str | None = None) -> bool:
        return any(
            one.level == ERROR and one.channel == channel and (language is None or one.language == language)
            for one in self.found
        )


def live(form: CampaignForm, campaign: Campaign | None, segments: Mapping[str, str]) -> Live:
    """Look at a campaign as it stands in its form. Nothing is written."""
    session, now = db.session(), utcnow()
    sketch = sketched(form, campaign)
    products = products_of(session, sketch)
    product = products.get(sketch.product_id or 0)
    walked, (channel, language) = walk(actor()), _open_tab(form)
    customer = walked.customer(session)
    seen = previews(session, sketch, Sample(customer), now=now) if products else None
    items = seen.items if seen is not None else ()
    front = _front(items, channel, language, sketch.fallback_language)
    answering = Answering(session, walked.name, customer, segments, now)
    found = findings_of(session, sketch, products, now=now)
    return Live(
        sketch=sketch,
        product=product,
        facts=facts_of(session, product, sketch.product_config.get("currency"), now),
        names={f"#{number}": one.name for number, one in products.items()},
        channel=channel,
        language=language,
        walked=walked,
        read=readings(form.messages, items),
        verdict=answering.answer(sketch, seen.audience, front) if seen and front and walked.here else None,
        found=found,
        placeholders=_placeholders(session, sketch, next(iter(products.values()), None), customer, language, now),
        is_new=campaign is None,
    )


def replace(form: CampaignForm, campaign: Campaign | None, key: str) -> None:
    """Put what pre-flight suggests into the form, where it still finds this; without JavaScript a button asks for it."""
    session, sketch = db.session(), sketched(form, campaign)
    found = findings_of(session, sketch, products_of(session, sketch), now=utcnow())
    one = next((one for one in found if key_of(one) == key), None)
    if one is not None and one.replacement and one.channel and one.language and one.part:
        form.messages.texts[one.channel, one.language, one.part] = one.replacement


def _front(items: Sequence[Preview], channel: str, language: str, fallback: str) -> Preview | None:
    """Return the message that is in front; where its language has none, what its customers get instead."""
    here = {one.language: one for one in items if one.channel == channel}
    return here.get(language) or here.get(fallback)


def _placeholders(
    session: Session,
    sketch: Campaign,
    product: Product | None,
    customer: CustomerFeatures,
    language: str,
    now: datetime,
) -> Sequence[Group]:
    """Return what may be placed into the texts, with the values of this product and this customer."""
    if product is None:
        return ()
    zone = policy_of(session).time_zone
    promise = promise_of(product, sketch.product_config, language=language, now=now, zone=zone)
    return placeholders(promise, customer)


def _open_tab(form: CampaignForm) -> tuple[str, str]:
    """Return which channel and which language is in front; what was just added is."""
    channels, languages = form.messages.channels, form.messages.languages
    if form.messages.faults:
        channel, language, *_ = next(iter(form.messages.faults)).split(".")
        return channel, language
    wanted = request.form.get("add_channel") or request.form.get("shown_channel") or ""
    channel = wanted if wanted in channels else next(iter(channels), "")
    added = request.form.get("add_language") or request.form.get("new_language", "").strip()
    spoken = added or request.form.get(f"shown_language.{channel}") or form.fallback_language.data or ""
    return channel, spoken if spoken in languages else next(iter(languages), "en")
