"""The decision log: what was decided for whom, and what became of it.

A customer id is posted and never part of an address: addresses end in histories and logs. The list of one customer
has the hash in its address, under which decisions are kept anyway.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from catalog_app.accounts import requires_role
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.schema import CustomerId
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.paging import Page
from catalog_app.core.wording import errors_by_field
from catalog_app.products.choices import choices
from catalog_app.products.facts import fact_label, fact_text
from catalog_app.products.labels import term
from catalog_app.products.naming import named
from catalog_app.products.terms import CHANNELS
from catalog_app.recommendations.decisions import reading
from catalog_app.recommendations.decisions.asked import Factors
from catalog_app.recommendations.decisions.filters import NO_ARM, DecisionFilters, parse_filters
from catalog_app.recommendations.models import BASES, Decision
from catalog_app.recommendations.settings import settings_row
from catalog_app.recommendations.views import figures
from catalog_app.recommendations.views.blueprint import bp, refused
from catalog_app.recommendations.views.named import names_of
from catalog_app.recommendations.views.offered import Factor, factor_bars
from catalog_app.recommendations.views.standing import standing
from catalog_app.recommendations.views.words import ARMS, EVENTS, arm_words, basis_words

LIMIT: Final = 50
SHORT: Final = 8
"""So many letters of a hash tell two customers apart on a page."""
_ID: Final[TypeAdapter[str]] = TypeAdapter(CustomerId)

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Chip:
    """A filter that is on, in words, and the address without it."""

    label: str
    text: str
    url: str


@dataclass(frozen=True)
class Row:
    """One decision of the list."""

    decision: Decision
    first: str
    more: int
    basis: str
    arm: str
    answer: str | None


@dataclass(frozen=True)
class Offered:
    """One offer of a decision as it was written down."""

    rank: int
    name: str
    url: str
    factors: Sequence[Factor]
    priority: str
    probability: str


@dataclass(frozen=True)
class Happening:
    """Something that was told of a decision."""

    event: str
    words: str
    name: str
    url: str
    at: Any


@bp.get("/decisions/")
@requires_role("viewer")
def decisions() -> ResponseReturnValue:
    session, now = db.session(), utcnow()
    filters = _asked(session)
    found = _found(session, filters)
    contexts = _contexts(session)
    return render_template(
        "recommendations/_decisions.html" if wants_fragment() else "recommendations/decisions.html",
        standing=None if wants_fragment() else standing(session, now),
        filters=filters,
        rows=_rows(session, found.items),
        found=found,
        chips=_chips(session, filters, dict(contexts)),
        channels=[("", gettext("Any channel")), *((one, term(one)) for one in CHANNELS)],
        contexts=[("", gettext("Any context")), *contexts],
        bases=[("", gettext("Any basis")), *((one, basis_words(one)) for one in reversed(BASES))],
        arms=[("", gettext("Any arm")), *((one, arm_words(one)) for one in ARMS), (NO_ARM, gettext("No exploration"))],
        address=lambda **also: _address(filters, **also),
    )


@bp.post("/decisions/")
@requires_role("viewer")
def find_decisions() -> ResponseReturnValue:
    """Lead to the decisions for the customer whose id was typed."""
    session = db.session()
    filters, typed = _asked(session), request.form.get("customer_id", "")
    if not typed.strip():
        return redirect(_address(filters, customer=None), HTTPStatus.SEE_OTHER)
    try:
        customer = hasher(session)(_ID.validate_python(typed))
    except ValidationError as error:
        return refused(errors_by_field(error)["form"], _address(filters), HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(_address(filters, customer=customer), HTTPStatus.SEE_OTHER)


@bp.get("/decisions/<int:decision_id>")
@requires_role("viewer")
def decision(decision_id: int) -> ResponseReturnValue:
    session = db.session()
    found = reading.found(session, decision_id)
    events = reading.events_of(session, found)
    told = [one["product_id"] for one in found.offers] + [one.product_id for one in events] + list(found.owned or ())
    names = names_of(session, told)
    context = dict(_contexts(session)).get(found.context or "", found.context)
    features: Mapping[str, Any] = found.features or {}
    return render_template(
        "recommendations/decision.html",
        decision=found,
        context=context,
        offers=_offers(found, names),
        features=[(fact_label(name), fact_text(name, value, choices().segments)) for name, value in features.items()],
        raw=json.dumps(features, ensure_ascii=False, indent=2) if features else "",
        owned=[_name(names, number) for number in found.owned or ()],
        events=[
            Happening(
                one.event, str(EVENTS[one.event]), _name(names, one.product_id), _page(one.product_id), one.occurred_at
            )
            for one in events
        ],
        arm=arm_words(found.arm),
        probability=figures.probability(found.probability),
    )


def _asked(session: Session) -> DecisionFilters:
    """Return what the address asks for; a product may be named as people name it."""
    given = {name: value for name, value in request.args.items() if value.strip()}
    if (text := given.get("product", "")) and (product := named(session, text).product) is not None:
        given["product_id"] = str(product.id)
    return parse_filters(given, ignore_faulty=True)


def _address(filters: DecisionFilters, **also: str | None) -> str:
    query = filters.query(**also)
    return url_for("recommendations.decisions") + (f"?{query}" if query else "")


def _found(session: Session, filters: DecisionFilters) -> Page[Decision]:
    """Return the page that was asked for; a place that is no place is the beginning."""
    try:
        return reading.search(session, filters, limit=LIMIT, cursor=request.args.get("cursor") or None)
    except RuleError:
        return reading.search(session, filters, limit=LIMIT)


def _rows(session: Session, found: Sequence[Decision]) -> list[Row]:
    """Return the lines of the list. Two queries, however many there are."""
    names = names_of(session, [one.offers[0]["product_id"] for one in found if one.offers])
    answered = reading.answers(session, [one.id for one in found])
    return [
        Row(
            decision=one,
            first=_name(names, one.offers[0]["product_id"]) if one.offers else "",
            more=max(0, len(one.offers) - 1),
            basis=basis_words(one.basis),
            arm=arm_words(one.arm) if one.arm else "",
            answer=answered.get(one.id),
        )
        for one in found
    ]


def _chips(session: Session, filters: DecisionFilters, contexts: Mapping[str, str]) -> list[Chip]:
    """Return what narrows the list, in words."""
    labels = {
        "since": gettext("From"),
        "until": gettext("Until"),
        "channel": gettext("Channel"),
        "context": gettext("Context"),
        "basis": gettext("Basis"),
        "arm": gettext("Arm"),
        "model_version": gettext("Model"),
        "product_id": gettext("Product"),
        "customer": gettext("Customer"),
    }
    said: Mapping[str, Callable[[str], str]] = {
        "channel": term,
        "context": lambda text: contexts.get(text, text),
        "basis": basis_words,
        "arm": lambda text: str(gettext("No exploration")) if text == NO_ARM else arm_words(text),
        "product_id": lambda text: _name(names_of(session, [int(text)]), int(text)),
        "customer": lambda text: text[:SHORT],
    }
    return [
        Chip(str(labels[name]), said[name](text) if name in said else text, _address(filters, **{name: None}))
        for name, text in filters.texts.items()
    ]


def _offers(found: Decision, names: Mapping[int, str]) -> list[Offered]:
    rows = [
        Factors(one["propensity"] if one["propensity"] is not None else 1.0, one["context"], _float(one["value"]), one["levers"])
        for one in found.offers
    ]  # fmt: skip
    known = [(one["propensity"] is not None, True) for one in found.offers]
    first = found.offers[0]["priority"] if found.offers else 1.0
    return [
        Offered(
            rank=one["rank"],
            name=_name(names, one["product_id"]),
            url=_page(one["product_id"]),
            factors=factors,
            priority=figures.priority(one["priority"], like=first),
            probability=figures.probability(one["probability"]),
        )
        for one, factors in zip(found.offers, factor_bars(rows, known), strict=True)
    ]


def _float(value: Any) -> float:
    return 1.0 if value is None else float(Decimal(str(value)))


def _contexts(session: Session) -> list[tuple[str, str]]:
    return [(one["key"], one["label"]) for one in settings_row(session).contexts]


def _name(names: Mapping[int, str], number: int) -> str:
    return names.get(number, f"#{number}")


def _page(product_id: int) -> str:
    return url_for("products.show", product_id=product_id)
