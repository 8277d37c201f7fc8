"""One thing that waits for a person; and those that wait in the rooms of edits and of webhooks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.accounts import i_may
from catalog_app.core.moments import figure
from catalog_app.edits.models import AWAITING_APPROVAL, EditPlan
from catalog_app.edits.titles import title_of
from catalog_app.events.webhooks.models import DEAD, Webhook, WebhookDelivery

Tone = Literal["warn", "bad", "plain"]


@dataclass(frozen=True)
class Need:
    """One thing to decide. `mark` is a shape, so that the state is not told by colour alone."""

    tone: Tone
    mark: str
    title: str
    note: str
    verb: str
    url: str
    since: datetime | None = None


def edit_needs(session: Session) -> Iterator[Need]:
    """Yield the plans of edits that wait for an approver."""
    query = select(EditPlan).where(EditPlan.status == AWAITING_APPROVAL).order_by(EditPlan.id)
    for plan in session.scalars(query):
        yield Need(
            "warn", "clock",
            gettext("%(plan)s waits for approval", plan=title_of(plan)),
            _why_held(plan),
            gettext("Review") if i_may("approver") else gettext("See plan"),
            url_for("edits.show", plan_id=plan.id),
            plan.planned_at or plan.requested_at,
        )  # fmt: skip


def _why_held(plan: EditPlan) -> str:
    sizes = [(figure(reason["size"]), figure(reason["limit"])) for reason in plan.held_because]
    words = "It changes %(size)s products, and an editor may change up to %(limit)s at once."
    return " ".join(gettext(words, size=size, limit=limit) for size, limit in sizes)


def webhook_needs(session: Session) -> Iterator[Need]:
    """Yield the addresses that want nothing more, and what was given up. Only admins can mend either."""
    if not i_may("admin"):
        return
    for webhook in session.scalars(select(Webhook).where(Webhook.disabled_because.is_not(None)).order_by(Webhook.id)):
        yield Need(
            "bad", "bang",
            gettext("Webhook to %(host)s was switched off", host=webhook.host),
            webhook.disabled_because or "",
            gettext("Look"),
            url_for("webhooks.show", webhook_id=webhook.id),
            webhook.disabled_at,
        )  # fmt: skip
    dead = select(func.count(), func.min(WebhookDelivery.ended_at), func.min(WebhookDelivery.webhook_id))
    count, oldest, first = session.execute(dead.where(WebhookDelivery.status == DEAD)).one()
    if count:
        yield Need(
            "warn", "cross",
            ngettext("%(count)s event was never delivered", "%(count)s events were never delivered", count, count=figure(count)),
            gettext("Their addresses did not take them for a day. They are kept for a month and can be sent again."),
            gettext("Look"),
            url_for("webhooks.show", webhook_id=first, status=DEAD),
            oldest,
        )  # fmt: skip
