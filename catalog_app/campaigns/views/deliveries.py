"""The deliveries of a campaign: what each trigger came to, and of one what was promised, sent and answered.

A customer id is posted and never part of an address: addresses end in histories and logs. The list of one customer
has the hash in its address, under which the delivery is kept anyway.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from pydantic import TypeAdapter, ValidationError

from catalog_app.accounts import requires_role
from catalog_app.campaigns.deliveries import reading
from catalog_app.campaigns.forms_words import SENDERS
from catalog_app.campaigns.models import DEAD, DELIVERY_STATUSES, Delivery
from catalog_app.campaigns.results import words
from catalog_app.campaigns.results.reading import by_status
from catalog_app.campaigns.senders import replaying
from catalog_app.campaigns.trial import is_test, tester
from catalog_app.campaigns.views.blueprint import bp, campaigns, done, refused
from catalog_app.campaigns.views.promised import promised_of
from catalog_app.campaigns.views.reasons import why
from catalog_app.campaigns.views.sent import shown_message
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.models import CUSTOMER_LENGTH
from catalog_app.contacts.schema import CustomerId
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, RuleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.moments import figure
from catalog_app.core.paging import Page
from catalog_app.core.wording import errors_by_field
from catalog_app.products.choices import choices

LIMIT: Final = 50
_ID: Final[TypeAdapter[str]] = TypeAdapter(CustomerId)
_HASH: Final = re.compile(rf"[0-9a-f]{{{CUSTOMER_LENGTH}}}")


@dataclass(frozen=True)
class Moment:
    """One thing that happened to a delivery, or is about to; `mark` is a shape."""

    mark: str
    tone: str
    words: str
    at: datetime
    note: str = ""
    is_ahead: bool = False


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; `customer` is a hash."""

    status: str | None
    customer: str | None

    def url(self, campaign_id: int, cursor: str | None = None, **also: str | None) -> str:
        """Return the address of this list, at another place or with something else chosen."""
        chosen = {"status": self.status, "customer": self.customer, "cursor": cursor, **also}
        query = urlencode({name: value for name, value in chosen.items() if value})
        return url_for("campaigns.deliveries", campaign_id=campaign_id) + (f"?{query}" if query else "")


@bp.get("/<int:campaign_id>/deliveries")
@requires_role("viewer")
def deliveries(campaign_id: int) -> ResponseReturnValue:
    campaign, asked = campaigns().get(campaign_id), _asked()
    counts = by_status(db.session(), campaign_id, with_tests=True)
    found = _found(campaign_id, asked)
    return render_template(
        "campaigns/_deliveries.html" if wants_fragment() else "campaigns/deliveries.html",
        campaign=campaign,
        asked=asked,
        found=found,
        who=_who(asked, found),
        counts=counts,
        total=sum(counts.values()),
        dead=counts.get(DEAD, 0),
        statuses=[status for status in words.STATUSES if counts.get(status)],
        words=words,
        is_test=is_test,
        tester=tester,
        why=partial(why, segments={}),
    )


@bp.post("/<int:campaign_id>/deliveries")
@requires_role("viewer")
def find_deliveries(campaign_id: int) -> ResponseReturnValue:
    """Lead to the deliveries of the customer whose id was typed."""
    campaigns().get(campaign_id)
    asked, typed = _asked(), request.form.get("customer", "")
    if not typed.strip():
        return redirect(asked.url(campaign_id, customer=None), HTTPStatus.SEE_OTHER)
    try:
        customer = hasher(db.session())(_ID.validate_python(typed))
    except ValidationError as error:
        return refused(errors_by_field(error)["form"], asked.url(campaign_id), HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(asked.url(campaign_id, customer=customer), HTTPStatus.SEE_OTHER)


@bp.get("/deliveries/<int:delivery_id>")
@requires_role("viewer")
def delivery(delivery_id: int) -> ResponseReturnValue:
    session, now = db.session(), utcnow()
    found = reading.found(session, delivery_id)
    campaign = campaigns().get(found.campaign_id)
    return render_template(
        "campaigns/delivery.html",
        campaign=campaign,
        delivery=found,
        shown=shown_message(found.channel, found.language, found.message) if found.channel and found.message else None,
        raw=json.dumps(found.snapshot, ensure_ascii=False, indent=2) if found.snapshot else "",
        senders=SENDERS,
        promised=promised_of(session, campaign, found, now=now),
        history=sorted(_history(found, now), key=lambda one: (one.is_ahead, one.at)),
        reasons=[why(reason, choices().segments) for reason in found.reasons],
        words=words,
        is_test=is_test(found.key),
        tester=tester(found.customer_id),
    )


@bp.post("/deliveries/<int:delivery_id>/replay")
@requires_role("approver")
def replay(delivery_id: int) -> ResponseReturnValue:
    back = url_for("campaigns.delivery", delivery_id=delivery_id)
    try:
        replaying.replay(delivery_id)
    except ConflictError as error:
        return refused(str(error), back, HTTPStatus.CONFLICT)
    return done(gettext("The delivery is handed over again."), back)


@bp.post("/<int:campaign_id>/deliveries/replay")
@requires_role("approver")
def replay_dead(campaign_id: int) -> ResponseReturnValue:
    """Hand over again whatever was given up."""
    campaigns().get(campaign_id)
    count = replaying.replay_dead(campaign_id)
    text = ngettext(
        "%(count)s delivery is handed over again.", "%(count)s deliveries are handed over again.", count, count=figure(count)
    )  # fmt: skip
    return done(text, url_for("campaigns.deliveries", campaign_id=campaign_id))


def _asked() -> Asked:
    status, customer = request.args.get("status", ""), request.args.get("customer", "")
    return Asked(status if status in DELIVERY_STATUSES else None, customer if _HASH.fullmatch(customer) else None)


def _who(asked: Asked, found: Page[Delivery]) -> str | None:
    """Return how to name the one customer of the list: by id as long as a delivery has it, else as the rows do."""
    if asked.customer is None:
        return None
    told = (one.customer_id for one in found.items if not tester(one.customer_id))
    return next(filter(None, told), asked.customer[:8])


def _found(campaign_id: int, asked: Asked) -> Page[Delivery]:
    """Return the page that was asked for; a place that is no place is the beginning."""
    for cursor in (request.args.get("cursor") or None, None):
        try:
            return reading.deliveries(
                db.session(), campaign_id, status=asked.status, customer=asked.customer, limit=LIMIT, cursor=cursor
            )
        except RuleError:
            continue
    raise RuleError({"cursor": gettext("This place in the list cannot be found again.")})


def _history(delivery: Delivery, now: datetime) -> Iterator[Moment]:
    """Yield what happened, as far as it was written down, and what comes next."""
    yield Moment("disc", "plain", gettext("Triggered"), delivery.created_at)
    if delivery.not_before is not None:
        is_ahead = delivery.not_before > now
        yield Moment("clock", "plain", gettext("Quiet hours end"), delivery.not_before, is_ahead=is_ahead)
    if delivery.ended_at is not None:
        yield _end(delivery, delivery.ended_at)
    elif delivery.next_at is not None and delivery.attempts:
        note = gettext("after %(count)s tries", count=figure(delivery.attempts))
        yield Moment("clock", "warn", gettext("Next try"), delivery.next_at, note, is_ahead=delivery.next_at > now)
    for name, mark, tone in (
        ("delivered", "check", "plain"),
        ("clicked", "disc", "plain"),
        ("accepted", "check", "good"),
        ("declined", "cross", "warn"),
    ):
        at: datetime | None = getattr(delivery, f"{name}_at")
        if at is not None:
            yield Moment(mark, tone, str(words.ANSWERS[name]), at)


def _end(delivery: Delivery, at: datetime) -> Moment:
    mark, tone = {
        "sent": ("check", "good"),
        "control": ("ring", "plain"),
        "refused": ("slashed-ring", "plain"),
        "dead": ("bang", "bad"),
        "cancelled": ("cross", "warn"),
    }.get(delivery.status, ("dash", "plain"))
    note = delivery.last_error or "" if delivery.status == DEAD else ""
    return Moment(mark, tone, str(words.STATUSES[delivery.status]), at, note)
