"""The page of one product: what it says, who owns each field, for whom it is, and what happened to it."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.core.htmx import wants_fragment
from catalog_app.events.diffs import FieldDiff, field_diffs
from catalog_app.events.links import Cause, cause_of
from catalog_app.events.models import Revision
from catalog_app.products.choices import choices
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from catalog_app.products.formatting import Ages, actor_name, feature_text, since_day
from catalog_app.products.labels import feature_label, term
from catalog_app.products.lifecycle import TRANSITIONS
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.ownership import Ownership
from catalog_app.products.references import references
from catalog_app.products.sheet import SheetWriter, price_text, window_text
from catalog_app.products.systems import SystemFacts, systems
from catalog_app.products.usage import Usage, usages_of
from catalog_app.products.views.blueprint import bp, catalog
from catalog_app.products.views.verdict import verdict_box

TABS = ("details", "prices", "features", "targeting", "used", "history")
SHORT_HISTORY = 3


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int | None = None


@dataclass(frozen=True)
class HistoryEntry:
    """One change: who, when, and each field before and after. `cause` is what made it together with others."""

    revision: Revision
    who: str
    action: str
    lines: list[FieldDiff]
    can_undo: bool
    cause: Cause | None = None


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
        raise NotFoundError(Sentence("A product has no such tab."))
    found = choices()
    system = systems().get(product.external_system) or SystemFacts(product.external_system, product.external_system)
    # Looking through the products that name others may take longer than the rest of the page, which does not wait.
    usages = usages_of(product_id) if tab == "used" or wants_fragment() else None
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
        box=verdict_box(product, found.segments, named, now),
    )


@bp.get("/<int:product_id>/used")
@requires_role("viewer")
def used(product_id: int) -> ResponseReturnValue:
    """Show where the product is used, as the part of its page that is read by itself."""
    product = catalog().get(product_id)
    if not wants_fragment():
        return redirect(url_for("products.show", product_id=product_id, tab="used"))
    return render_template("products/_used.html", product=product, usages=usages_of(product_id), is_read_now=True)


def _tabs(product: Product, usages: tuple[Usage, ...] | None, history: object) -> tuple[Tab, ...]:
    return (
        Tab("details", gettext("Details")),
        Tab("prices", gettext("Prices"), len(product.prices) + (product.price is not None)),
        Tab("features", gettext("Features"), len(product.features)),
        Tab("targeting", gettext("Targeting")),
        Tab("used", gettext("Where used"), len(usages) if usages is not None else None),
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
        cause=cause_of(revision),
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
