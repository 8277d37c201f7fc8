"""Try a customer: what they would be offered, why in this order, and why not the rest. Nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.products.choices import choices
from catalog_app.products.facts import fact_label, fact_text
from catalog_app.products.samples.asking import Asked, asked_of
from catalog_app.products.samples.box import CustomerBox, customer_box
from catalog_app.recommendations import service
from catalog_app.recommendations.decisions.asked import Asked as Question
from catalog_app.recommendations.decisions.asked import Decided
from catalog_app.recommendations.features import AMOUNTS
from catalog_app.recommendations.settings import settings_row
from catalog_app.recommendations.views.blueprint import bp
from catalog_app.recommendations.views.offered import OfferLine, RefusedLine, Writer
from catalog_app.recommendations.views.standing import standing

LIMIT: Final = 5
SHOWN: Final = 5
MOST: Final = 200
"""So many of the products that are not offered are told with their reasons."""

_FIELDS: Final[Mapping[str, Any]] = {
    "customer": lazy_gettext("Customer"),
    "own": lazy_gettext("Owns"),
    "owned": lazy_gettext("Owns"),
    "at": lazy_gettext("At the moment (UTC)"),
}
"""What the page calls fields that are no features."""


@dataclass(frozen=True)
class Told:
    """One thing that is known of the customer."""

    label: str
    text: str


@dataclass(frozen=True)
class Tried:
    """The answer as the page shows it: of the features, `missing` were not told, and `unheard` no model has learned."""

    decided: Decided
    offers: Sequence[OfferLine]
    refused: Sequence[RefusedLine]
    is_all: bool
    missing: Sequence[str]
    unheard: Sequence[str]

    @property
    def candidates(self) -> int:
        """Return how many products were looked at."""
        return self.decided.eligible + self.decided.excluded_count


@bp.get("/")
@requires_role("viewer")
def try_customer() -> ResponseReturnValue:
    session, viewer = db.session(), actor()
    asked, segments = asked_of(session, request.args, viewer), choices().segments
    box = customer_box(session, asked, viewer=viewer, segments=segments)
    row = settings_row(session)
    contexts = [(one["key"], one.get("label") or one["key"]) for one in row.contexts]
    context = request.args.get("context", "")
    is_ready = not asked.all_faults and bool(asked.kept or asked.described)
    return render_template(
        "recommendations/try.html",
        box=box,
        asked=asked,
        told=list(_told(box, segments)),
        contexts=contexts,
        context=context if context in dict(contexts) else "",
        tried=_tried(asked, context if context in dict(contexts) else None, segments) if is_ready else None,
        is_open=_is_open(asked),
        faults=[(_FIELDS.get(name) or fact_label(name), text) for name, text in asked.all_faults.items()],
        shown=SHOWN,
        standing=standing(session, utcnow()),
        settings=row,
    )


def _tried(asked: Asked, context: str | None, segments: Mapping[str, str]) -> Tried:
    session, now, is_all = db.session(), asked.at or utcnow(), "all" in request.args
    customer = asked.customer(session)
    question = Question(
        customer=customer,
        features=asked.described.features,
        channel=asked.channel,
        context=context,
        limit=LIMIT,
        explain=True,
    )
    decided = service.preview(question, now=now, excluded=MOST if is_all else SHOWN)
    told = asked.described.features
    writer = Writer(session, customer, asked.channel, segments, now, query=asked.query())
    return Tried(
        decided=decided,
        offers=writer.offers(decided.offers),
        refused=writer.refused(decided.excluded),
        is_all=is_all,
        missing=[fact_label(name) for name in decided.unknown_features if name not in told],
        unheard=[fact_label(name) for name in decided.unknown_features if name in told],
    )


def _is_open(asked: Asked) -> bool:
    """Return whether the features are there to be edited: asked for, or with something in them that is not kept."""
    is_loose = asked.kept is None and bool(asked.described or request.args.get("customer") == "")
    return bool(request.args.get("edit") or asked.is_changed or asked.all_faults or asked.at or is_loose)


def _told(box: CustomerBox, segments: Mapping[str, str]) -> Sequence[Told]:
    """Return what is known of the customer, in the order in which people look for it."""
    features: Mapping[str, Any] = box.asked.described.features
    told = [
        Told(fact_label(name), fact_text(name, _number(name, value), segments))
        for name, value in features.items()
        if name != "owned"
    ]
    if "owned" in features:
        told.append(Told(gettext("Owns"), ", ".join(one.name for one in box.owning) or gettext("nothing")))
    return told


def _number(name: str, value: Any) -> Any:
    """Return an amount that was kept as text as the number that it is; what is none is said as it was typed."""
    if name not in AMOUNTS or not isinstance(value, str):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return number if number.is_finite() else value
