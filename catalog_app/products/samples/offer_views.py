"""The page of what a customer may be offered, and why not the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.paging import Page
from catalog_app.core.wiring import settings
from catalog_app.products.choices import choices
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.labels import check_label
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.references import References, references
from catalog_app.products.samples.asking import Asked, asked_of
from catalog_app.products.samples.box import customer_box
from catalog_app.products.samples.offering import Decided, Offering
from catalog_app.products.samples.views import bp
from catalog_app.products.systems import SystemFacts, systems
from catalog_app.products.verdict_words import VerdictWords

LIMIT = 25
TRAIL = 20
"""So many pages back are remembered in the address; before them stands the first page."""
_SHOWN: Mapping[str, Outcome] = {"offered": Outcome.YES, "unknown": Outcome.UNKNOWN, "refused": Outcome.NO}


@dataclass(frozen=True)
class OfferRow:
    """One product of the page: where its own page is, with the same customer in the box, and what decided."""

    product: Product
    url: str
    system: SystemFacts
    reason: str
    codes: Sequence[str]


@dataclass(frozen=True)
class ReasonCount:
    """How many products one check decided, with the address that shows them."""

    code: str
    label: str
    count: int
    url: str
    is_shown: bool


@dataclass(frozen=True)
class OfferPage:
    """What the page shows of one customer's offers."""

    shown: str
    totals: Mapping[str, int]
    urls: Mapping[str, str]
    reasons: Sequence[ReasonCount]
    rows: Sequence[OfferRow]
    following: str | None
    previous: str | None
    first_rank: int

    @property
    def matching(self) -> int:
        """Return how many there are of what is shown, on all pages."""
        chosen = next((one.count for one in self.reasons if one.is_shown), None)
        return self.totals[self.shown] if chosen is None else chosen


@bp.get("/offers")
@requires_role("viewer")
def offers() -> ResponseReturnValue:
    session, viewer = db.session(), actor()
    asked = asked_of(session, request.args, viewer)
    segments = choices().segments
    found = None if asked.described.faults or not (asked.kept or asked.described) else _page(asked, segments)
    box = customer_box(session, asked, viewer=viewer, segments=segments)
    return render_template("customers/offers.html", box=box, asked=asked, found=found, limit=LIMIT)


def _page(asked: Asked, segments: Mapping[str, str]) -> OfferPage:
    session, now = db.session(), asked.at or utcnow()
    customer = asked.customer(session)
    offering = Offering(session, customer, asked.channel, now, settings().base_currency, is_now=asked.at is None)
    shown = request.args.get("show", "")
    shown = shown if shown in _SHOWN else "offered"
    counts = {code: count for (said, code), count in offering.counts.items() if said is _SHOWN[shown] and code}
    reason = request.args.get("reason") if request.args.get("reason") in counts else None
    page = _found(offering, _SHOWN[shown], reason)
    words = _Words(asked, segments, customer, now)
    start, steps = max(1, request.args.get("from", 1, type=int) or 1), Steps(asked, shown, reason)
    return OfferPage(
        shown=shown,
        totals={
            name: sum(count for (said, _), count in offering.counts.items() if said is outcome)
            for name, outcome in _SHOWN.items()
        },
        urls={name: Steps(asked, name).url() for name in _SHOWN},
        reasons=_reasons(asked, shown, reason, counts),
        rows=[words.row(one) for one in page.items],
        following=steps.onwards(page, start),
        previous=steps.back(page, start),
        first_rank=start,
    )


@dataclass(frozen=True)
class Steps:
    """The addresses of the pages of one list."""

    asked: Asked
    shown: str
    reason: str | None = None

    def url(self, cursor: str | None = None, start: int = 1, trail: Sequence[str] = ()) -> str:
        place = {"show": self.shown if self.shown != "offered" else None, "reason": self.reason, "cursor": cursor}
        given: list[tuple[str, Any]] = [*self.asked.pairs(), *((name, value) for name, value in place.items() if value)]
        given += [("from", start), *(("back", one) for one in trail)] if cursor else []
        return f"{url_for('customers.offers')}?{urlencode(given)}"

    def onwards(self, page: Page[Decided], start: int) -> str | None:
        """Return the page after. Offers by value are only read onwards: their address remembers the way back."""
        if page.next_cursor is None:
            return None
        cursor = request.args.get("cursor")
        trail = [*_trail(), cursor][-TRAIL:] if cursor and self.shown == "offered" else []
        return self.url(page.next_cursor, start + LIMIT, trail)

    def back(self, page: Page[Decided], start: int) -> str | None:
        """Return the page before, which for offers by value is the last of the way here."""
        if page.previous_cursor:
            return self.url(page.previous_cursor, max(1, start - LIMIT))
        if trail := _trail():
            return self.url(trail[-1], max(1, start - LIMIT), trail[:-1])
        return self.url() if start > 1 else None


def _trail() -> list[str]:
    """Return the cursors of the pages between the first one and this one, as far back as they are remembered."""
    return request.args.getlist("back")[-TRAIL:]


def _reasons(asked: Asked, shown: str, reason: str | None, counts: Mapping[str, int]) -> Sequence[ReasonCount]:
    """Return the reasons, the most frequent first; the one that is shown leads back to all."""
    return [
        ReasonCount(
            code, check_label(code), count, Steps(asked, shown, None if code == reason else code).url(), code == reason
        )
        for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _found(offering: Offering, outcome: Outcome, reason: str | None) -> Page[Decided]:
    cursor = request.args.get("cursor") or None
    for place in (cursor, None):
        try:
            if outcome is Outcome.YES:
                return offering.offered(limit=LIMIT, cursor=place)
            return offering.others(outcome, reason, limit=LIMIT, cursor=place)
        except RuleError:
            continue
    raise RuleError({"cursor": gettext("This place in the list cannot be found again.")})


@dataclass(frozen=True)
class _Words:
    """Says the rows of one customer's page."""

    asked: Asked
    segments: Mapping[str, str]
    customer: CustomerFeatures
    now: datetime

    def row(self, one: Decided) -> OfferRow:
        product = one.product
        named = references(db.session(), product) if product.relations else References((), ())
        words = VerdictWords(product, self.segments, named, self.now, self.customer, self.asked.channel)
        system = systems().get(product.external_system) or SystemFacts(product.external_system, product.external_system)
        url = f"{url_for('products.show', product_id=product.id)}?{self.asked.query()}"
        against = [check for check in one.verdict.checks if check.outcome is one.verdict.outcome]
        codes = () if one.verdict.outcome is Outcome.YES else tuple(check_label(check.code) for check in against)
        return OfferRow(product, url, system, words.headline(one.verdict), codes)
