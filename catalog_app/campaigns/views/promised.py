"""What a delivery promised, beside what the same campaign would promise of the same product now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from flask_babel import format_date, gettext
from sqlalchemy.orm import Session

from catalog_app.campaigns.messages.promise import last_day, promise_of
from catalog_app.campaigns.models import Campaign, Delivery
from catalog_app.campaigns.offering import withdrawal_of
from catalog_app.campaigns.withdrawn_words import withdrawn_words
from catalog_app.core.moments import figure
from catalog_app.products.formatting import feature_text, money
from catalog_app.products.labels import feature_label, term
from catalog_app.products.models import Product

NOTHING: Final = "\N{EN DASH}"
_TEXTS: Final = ("bonus", "headline", "terms")


@dataclass(frozen=True)
class Fact:
    """One thing that was promised, and what it would be now; `now` is None where there is nothing to compare with."""

    label: str
    then: str
    now: str | None = None

    @property
    def differs(self) -> bool:
        return self.now is not None and self.then != self.now


@dataclass(frozen=True)
class Promised:
    """What was promised: of which product, at which version of it and of the campaign, and fact by fact.

    `product` is what it is now, None where it is gone from the database; `withdrawn` says why it cannot be offered.
    """

    facts: tuple[Fact, ...]
    product: Product | None
    version: int
    campaign_version: int | None
    withdrawn: str | None

    @property
    def changed(self) -> int:
        return sum(fact.differs for fact in self.facts)

    @property
    def is_older(self) -> bool:
        """Return whether the product has changed since, in what was promised or in anything else."""
        return self.product is not None and self.product.version != self.version


def promised_of(session: Session, campaign: Campaign, delivery: Delivery, *, now: datetime) -> Promised | None:
    """Return what a delivery promised; None for one that promised nothing."""
    if delivery.snapshot is None:
        return None
    then: Mapping[str, Any] = delivery.snapshot
    product = session.get(Product, then["product"]["id"])
    living = product if product is not None and product.deleted_at is None else None
    present = _present(campaign, delivery, living, now) if living is not None else None
    withdrawal = None if product is None else withdrawal_of(product, now)
    return Promised(
        facts=tuple(_facts(then, present)),
        product=product,
        version=then["product"]["version"],
        campaign_version=then.get("campaign_version"),
        withdrawn=None if withdrawal is None else withdrawn_words(withdrawal.because),
    )


def _present(campaign: Campaign, delivery: Delivery, product: Product, now: datetime) -> Mapping[str, Any]:
    # What is asked is what became of the product and of the offer, not of the candidate that somebody else would get.
    config = campaign.product_config if campaign.use_nbo or campaign.product_id == product.id else {}
    language = delivery.language or campaign.fallback_language
    return promise_of(product, config, language=language, now=now, zone=delivery.time_zone or "UTC").snapshot()


def facts_of(said: Mapping[str, Any] | None) -> Iterator[Fact]:
    """Yield what a promise says, with nothing to compare it with."""
    yield from (Fact(label, text) for label, text in _lines(said or {}))


def _facts(then: Mapping[str, Any], now: Mapping[str, Any] | None) -> Iterator[Fact]:
    """Yield what was promised, line by line; what neither side says is left out."""
    before, after = dict(_lines(then)), dict(_lines(now or {}))
    for label in dict.fromkeys((*before, *after)):
        yield Fact(label, before.get(label, NOTHING), after.get(label, NOTHING) if now is not None else None)


def _lines(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not said:
        return
    yield gettext("Name"), said["product"]["name"]
    if said["product"].get("short_name"):
        yield gettext("Short name"), said["product"]["short_name"]
    yield gettext("Price"), _amount(said.get("price"), said)
    if said.get("catalogue_price") != said.get("price"):
        yield gettext("Catalogue price"), _amount(said.get("catalogue_price"), said)
    if said.get("billing_cycle"):
        yield gettext("Billed"), term(said["billing_cycle"])
    if said.get("discount_percent"):
        yield gettext("Discount"), gettext("%(percent)s %%", percent=figure(float(said["discount_percent"])))
    labels = (gettext("Bonus"), gettext("Headline"), gettext("Terms"))
    yield from ((label, said[name]) for label, name in zip(labels, _TEXTS, strict=True) if said.get(name))
    if said.get("valid_to"):
        yield gettext("Offer holds until"), _day(last_day(datetime.fromisoformat(said["valid_to"]), "UTC"))
    yield from ((feature_label(key), feature_text(key, value)) for key, value in said.get("features", {}).items())


def _amount(value: str | None, said: Mapping[str, Any]) -> str:
    return NOTHING if value is None else money(Decimal(value), said.get("currency"))


def _day(day: date | None) -> str:
    return NOTHING if day is None else str(format_date(day, "d MMM yyyy"))
