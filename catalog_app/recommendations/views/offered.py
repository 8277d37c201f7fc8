"""An answer as pages show it: the factors of each offer as figures over bars, and sentences for what is not offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import Final

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from catalog_app.products.formatting import money
from catalog_app.products.labels import per_cycle
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.references import References, references
from catalog_app.products.verdict_words import VerdictWords
from catalog_app.recommendations.decisions.asked import Excluded, Factors, Offer, OfferReason
from catalog_app.recommendations.views import figures
from catalog_app.recommendations.views.words import column_words, exclusion_words

OTHERS: Final = "others"
LAST: Final = (OTHERS, "constant")
"""The parts of a score that explain nothing by themselves."""
LEAST: Final = 0.02
"""What speaks less than this for or against an offer is told together with all that does."""
TOLD: Final = 2
"""So many reasons stand in the line below an offer; the others are one click away."""


@dataclass(frozen=True)
class Factor:
    """One factor of a priority: what it is called, its figure, and how long its bar is, in percent of the longest."""

    label: str
    text: str
    bar: int
    note: str = ""


@dataclass(frozen=True)
class Part:
    """One reason: what speaks for or against, and by how much."""

    text: str
    amount: str
    tone: str


@dataclass(frozen=True)
class OfferLine:
    """One offer of the answer."""

    rank: int
    name: str
    url: str
    price: str
    factors: Sequence[Factor]
    priority: str
    reasons: Sequence[Part]
    others: Sequence[Part]
    score: str


@dataclass(frozen=True)
class RefusedLine:
    """One product that is not offered: what decides, as a sentence, and the code of the same for programs."""

    name: str
    url: str
    text: str
    code: str


@dataclass(frozen=True)
class Writer:
    """Says the answer for one customer over one channel. `query` describes the customer in addresses."""

    session: Session
    customer: CustomerFeatures
    channel: str | None
    segments: Mapping[str, str]
    now: datetime
    query: str = ""

    def offers(self, offers: Sequence[Offer]) -> list[OfferLine]:
        """Return the offers, their bars against the longest of each column. One query."""
        products = self._products([one.product_id for one in offers])
        factors = factor_bars(
            [one.factors for one in offers], [(one.propensity is not None, one.value is not None) for one in offers]
        )
        first = offers[0].priority if offers else 1.0
        return [
            self._offer(one, products.get(one.product_id), row, first) for one, row in zip(offers, factors, strict=True)
        ]

    def refused(self, excluded: Sequence[Excluded]) -> list[RefusedLine]:
        """Return what is not offered, each with the first reason."""
        products = self._products([one.product_id for one in excluded])
        return [self._refused(one, products.get(one.product_id)) for one in excluded]

    def _offer(self, one: Offer, product: Product | None, factors: Sequence[Factor], first: float) -> OfferLine:
        # By value there is nothing to explain: the factor says it.
        said = [reason for reason in one.reasons if reason.code not in (*LAST, "value")]
        parts = sorted((part for part in said if abs(part.amount) >= LEAST), key=lambda part: -abs(part.amount))
        small = [part.amount for part in said if abs(part.amount) < LEAST]
        base = [reason for reason in one.reasons if reason.code in LAST]
        if small:
            base = [OfferReason(OTHERS, "", fsum(small)), *base]
        price = ""
        if product is not None and product.price is not None:
            price = f"{money(product.price, product.currency)} {per_cycle(product.billing_cycle)}"
        return OfferLine(
            rank=one.rank,
            name=one.name,
            url=self._url(one.product_id),
            price=price,
            factors=factors,
            priority=figures.priority(one.priority, like=first),
            reasons=[self._part(reason) for reason in parts[:TOLD]],
            others=[self._part(reason) for reason in (*parts[TOLD:], *base)],
            score=figures.signed(one.score),
        )

    def _part(self, reason: OfferReason) -> Part:
        return Part(_said(reason, self.segments), figures.signed(reason.amount), figures.tone(reason.amount))

    def _refused(self, one: Excluded, product: Product | None) -> RefusedLine:
        text, code = self._decided(one, product)
        return RefusedLine(one.name, self._url(one.product_id), text, code)

    def _decided(self, one: Excluded, product: Product | None) -> tuple[str, str]:
        """Return what the verdict says in words of pages, and its code; what it allows is refused by a rule of ours."""
        if product is not None:
            verdict = eligibility(product, self.customer, self.now, self.channel)
            deciding = next((check for check in verdict.checks if check.outcome is verdict.outcome), None)
            if verdict.outcome is not Outcome.YES and deciding is not None:
                named = references(self.session, product) if product.relations else References((), ())
                words = VerdictWords(product, self.segments, named, self.now, self.customer, self.channel)
                return words.sentence(deciding), deciding.code
        return (exclusion_words(one.reasons[0].code), one.reasons[0].code) if one.reasons else ("", "")

    def _products(self, product_ids: Sequence[int]) -> dict[int, Product]:
        found = self.session.scalars(select(Product).where(Product.id.in_(product_ids))) if product_ids else ()
        return {product.id: product for product in found}

    def _url(self, product_id: int) -> str:
        page = url_for("products.show", product_id=product_id)
        return f"{page}?{self.query}" if self.query else page


def factor_bars(rows: Sequence[Factors], known: Sequence[tuple[bool, bool]]) -> list[list[Factor]]:
    """Return the factors of each offer as they count, each bar against the longest of its column.

    `known` says of each offer whether a model gave its propensity, and whether anybody knows its value.
    """
    values = [(row.propensity, row.context, row.value, row.levers) for row in rows]
    longest = [max(column) or 1.0 for column in zip(*values, strict=True)]
    return [
        _factors(row, [round(100 * bar / most) for bar, most in zip(row, longest, strict=True)], *told)
        for row, told in zip(values, known, strict=True)
    ]


def _factors(
    row: tuple[float, float, float, float],
    bars: Sequence[int],
    has_model: bool,  # noqa: FBT001  # both stand beside the row that they are about
    has_value: bool,  # noqa: FBT001
) -> list[Factor]:
    propensity, context, value, levers = row
    no_model = "" if has_model else gettext("No model says how likely it is, so it counts 1.")
    unknown = "" if has_value else gettext("Nobody said what it is worth: it counts as the middle of the candidates.")
    told = (
        (gettext("Propensity"), figures.probability(propensity) if has_model else "1", no_model),
        (gettext("Context"), figures.factor(context), ""),
        (gettext("Value"), figures.magnitude(value), unknown),
        (gettext("Levers"), figures.factor(levers), ""),
    )
    return [Factor(label, text, bar, note) for (label, text, note), bar in zip(told, bars, strict=True)]


def _said(reason: OfferReason, segments: Mapping[str, str]) -> str:
    """Return what a part of a score comes from."""
    known = {
        "constant": gettext("Starting point"),
        "product": gettext("How this product is accepted"),
        "affinity": gettext("What similar customers hold"),
        "others": gettext("Everything else"),
    }
    if reason.code in known:
        return str(known[reason.code])
    return reason.label if reason.product_id is not None else column_words(reason.label, segments)
