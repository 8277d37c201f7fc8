"""The page of one product: what it says, who owns each field, for whom it is, and what happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import NotFoundError, RuleError
from catalog_app.events.diffs import FieldDiff, field_diffs
from catalog_app.events.models import Revision
from catalog_app.products import terms
from catalog_app.products.choices import Choices, choices
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict, eligibility
from catalog_app.products.formatting import Ages, actor_name, feature_text, since_day
from catalog_app.products.labels import feature_label, term
from catalog_app.products.lifecycle import TRANSITIONS
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.owned import resolve_owned
from catalog_app.products.ownership import Ownership
from catalog_app.products.references import References, references
from catalog_app.products.sheet import SheetWriter, price_text, window_text
from catalog_app.products.systems import SystemFacts, systems
from catalog_app.products.usage import Usage, usages_of
from catalog_app.products.verdict_words import VerdictWords
from catalog_app.products.views.blueprint import bp, catalog

TABS = ("details", "prices", "features", "targeting", "used", "history")
SHORT_HISTORY = 3
_CUSTOMER = ("customer_value", "payment_mode", "channel", "owned")


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int | None = None


@dataclass(frozen=True)
class HistoryEntry:
    """One change: who, when, and each field before and after."""

    revision: Revision
    who: str
    action: str
    lines: list[FieldDiff]
    can_undo: bool


@dataclass(frozen=True)
class Availability:
    """Whether the product is on sale now, and the one thing that decides."""

    is_available: bool
    words: str


@bp.get("/<int:product_id>")
@requires_role("viewer")
def show(product_id: int) -> ResponseReturnValue:
    if (deletion := catalog().deletion_of(product_id)) is not None:
        who = actor_name(deletion.actor)
        return render_template("products/gone.html", deletion=deletion, who=who), HTTPStatus.NOT_FOUND
    product, now = catalog().get(product_id), utcnow()
    tab = request.args.get("tab", TABS[0])
    if tab not in TABS:
        raise NotFoundError("A product has no such tab.")
    found = choices(db.session())
    system = systems().get(product.external_system) or SystemFacts(product.external_system, product.external_system)
    usages = usages_of(product_id)
    history = catalog().history(product_id)
    named = references(db.session(), product)
    owners = Ownership(product, system, Ages(now))
    return render_template(
        "products/show.html",
        product=product,
        system=system,
        tab=tab,
        tabs=_tabs(product, usages, history),
        sheet=SheetWriter(product, owners, found.segments, named),
        conflicts=owners.all_conflicts(),
        usages=usages,
        history=[_entry(revision, product) for revision in history[: None if tab == "history" else SHORT_HISTORY]],
        availability=_availability(product, now),
        transitions=TRANSITIONS[product.lifecycle_status],
        features=[(feature_label(key), feature_text(key, value)) for key, value in product.features.items()],
        attributes=[(key, feature_text(key, value)) for key, value in product.attributes.items()],
        prices=[(price, price_text(price), window_text(price)) for price in product.prices],
        **_verdict_context(product, found, named, now),
    )


@bp.get("/<int:product_id>/verdict")
@requires_role("viewer")
def verdict(product_id: int) -> ResponseReturnValue:
    """Say whether a customer of these features may be offered the product; a part of the product page."""
    product = catalog().get(product_id)
    named = references(db.session(), product)
    context = _verdict_context(product, choices(db.session()), named, utcnow())
    return render_template("products/_verdict.html", product=product, **context)


def _verdict_context(product: Product, found: Choices, named: References, now: datetime) -> dict[str, object]:
    given = {name: request.args.get(name, "").strip() for name in _CUSTOMER}
    segments = [key for key in request.args.getlist("segment") if key]
    answer, faults = _verdict(product, given, segments, now) if any(given.values()) or segments else (None, {})
    return {
        "verdict": answer,
        "verdict_words": VerdictWords(product, found.segments, named, now),
        "verdict_faults": faults,
        "customer": given,
        "customer_segments": segments,
        "segment_choices": found.segments_with([*product.target_segments, *product.exclude_segments]),
        "channel_choices": [("", gettext("Any channel")), *((value, term(value)) for value in terms.CHANNELS)],
        "mode_choices": [
            ("", gettext("Not known")),
            *((mode, term(mode)) for mode in ("prepaid", "postpaid", "hybrid")),
        ],
    }


def _verdict(
    product: Product, given: Mapping[str, str], segments: list[str], now: datetime
) -> tuple[Verdict | None, dict[str, str]]:
    features: dict[str, Any] = {"segments": segments or None}
    features |= {name: given[name] or None for name in ("customer_value", "payment_mode")}
    features["owned"] = [entry.strip() for entry in given["owned"].split(",") if entry.strip()] or None
    channel = given["channel"] if given["channel"] in terms.CHANNELS else None
    try:
        customer = CustomerFeatures.of(features)
    except RuleError as error:
        return None, error.errors
    if customer.owned is not None:
        customer = customer.owning(resolve_owned(db.session(), customer.owned))
    return eligibility(product, customer, now, channel), {}


def _tabs(product: Product, usages: tuple[Usage, ...], history: object) -> tuple[Tab, ...]:
    return (
        Tab("details", gettext("Details")),
        Tab("prices", gettext("Prices"), len(product.prices) + (product.price is not None)),
        Tab("features", gettext("Features"), len(product.features)),
        Tab("targeting", gettext("Targeting")),
        Tab("used", gettext("Where used"), len(usages)),
        Tab("history", gettext("History"), product.version if history else None),
    )


def _entry(revision: Revision, product: Product) -> HistoryEntry:
    before = {field: change[0] for field, change in revision.changes.items()}
    after = {field: change[1] for field, change in revision.changes.items()}
    return HistoryEntry(
        revision=revision,
        who=gettext("Sync run %(id)s", id=revision.run_id) if revision.run_id else actor_name(revision.actor),
        action=_actions().get(revision.action, revision.action),
        lines=field_diffs(before, after, currency=product.currency) if revision.action != "created" else [],
        can_undo=revision.action not in {"created", "withdrawn"},
    )


def _actions() -> dict[str, str]:
    return {
        "created": gettext("added"),
        "updated": gettext("changed"),
        "deleted": gettext("deleted"),
        "undone": gettext("took a change back"),
        "locked": gettext("locked fields"),
        "released": gettext("gave fields back"),
        "settled": gettext("settled a conflict"),
        "conflicted": gettext("found a conflict"),
        "withdrawn": gettext("missing at its source"),
    }


def _availability(product: Product, now: datetime) -> Availability:
    """Return yes or no with the first thing that says no; eligibility alone decides."""
    checks = eligibility(product, CustomerFeatures(), now).checks
    against = next((check for check in checks[:5] if check.outcome is not Outcome.YES), None)
    if against is None:
        end = (
            gettext("Yes, until %(day)s", day=since_day(product.valid_to, now)) if product.valid_to else gettext("Yes")
        )
        return Availability(is_available=True, words=end)
    words = {
        "lifecycle": term(product.lifecycle_status).lower(),
        "switch": gettext("held back"),
        "window": _window_words(product, now),
        "missing": gettext("missing at its source"),
        "quota": gettext("quota used up"),
    }
    return Availability(is_available=False, words=gettext("No, %(reason)s", reason=words[against.code]))


def _window_words(product: Product, now: datetime) -> str:
    if product.valid_from is not None and now < product.valid_from:
        return str(gettext("begins %(day)s", day=since_day(product.valid_from, now)))
    return str(gettext("ended %(day)s", day=since_day(product.valid_to, now))) if product.valid_to else ""
