"""Deciding anew on deliveries that are not handed over yet: what was held, and what was promised of a product that moved."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.models import CANCELLED, HELD, LEASED, REFUSED, WAITING, Delivery
from catalog_app.campaigns.trial import is_test
from catalog_app.campaigns.triggering import facts
from catalog_app.campaigns.triggering.deciding import Deciding, Decision
from catalog_app.campaigns.triggering.drafts import decided
from catalog_app.campaigns.triggering.drawing import drawn
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.owning import knowing_owned
from catalog_app.campaigns.triggering.reserving import Reserve, count_promises, held_campaign
from catalog_app.campaigns.triggering.wording import Message, NoMessageError, Wording, unsaid
from catalog_app.contacts import book
from catalog_app.contacts.book import NewContact
from catalog_app.products import quota
from catalog_app.products.customers import CustomerFeatures

Reasons = Sequence[Mapping[str, Any]]


def take_back(session: Session, deliveries: Sequence[Delivery]) -> None:
    """Give back what these promises took: the quota of their products, the campaign's total, the contact.

    The caller holds the campaigns, and gives the deliveries another state. Tests took nothing.
    """
    promised = [delivery for delivery in deliveries if delivery.status != HELD and not is_test(delivery.key)]
    of_campaigns = Counter(delivery.campaign_id for delivery in promised)
    of_products = Counter(delivery.product_id for delivery in promised if delivery.product_id is not None)
    for campaign_id in sorted(of_campaigns):
        count_promises(session, campaign_id, -of_campaigns[campaign_id])
    for product_id in sorted(of_products):
        quota.give_back(session, product_id, of_products[product_id])
    book.withdraw(session, [delivery.id for delivery in promised])


def end(deliveries: Sequence[Delivery], status: str, reasons: Reasons, now: datetime) -> None:
    """Give deliveries that promise nothing any more their last state; what they promised stays to be seen.

    Whoever leased one may have sent it, and may still say so: by the token of the lease, which therefore stays.
    """
    for delivery in deliveries:
        token = delivery.lease if delivery.status == LEASED else None
        delivery.status, delivery.reasons, delivery.ended_at = status, [dict(one) for one in reasons], now
        _let_go(delivery)
        delivery.lease = token


def hold(deliveries: Sequence[Delivery], reasons: Reasons) -> None:
    """Let deliveries wait for their product; what they promised is promised no longer."""
    for delivery in deliveries:
        delivery.status, delivery.reasons = HELD, [dict(one) for one in reasons]
        delivery.message = delivery.snapshot = delivery.not_before = delivery.give_up_at = None
        delivery.attempts = 0
        _let_go(delivery)


def _let_go(delivery: Delivery) -> None:
    delivery.next_at = delivery.leased_until = delivery.lease = None


def decide_anew(session: Session, campaign_id: int, deliveries: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Decide on deliveries that promise nothing at this moment, and return those that do so again.

    The whole decision is made, with what is known now. What is refused ends: cancelled where it was promised before.
    """
    held = held_campaign(session, campaign_id)
    if held is None:
        return []
    deciding = facts.deciding(session, campaign_id, now)
    past = dict(facts.past_of(session, deciding, {delivery.customer for delivery in deliveries}))
    wording = Wording(deciding)
    limited = {number for number, product in deciding.offering.seen.items() if product.quota_left is not None}
    reserve = Reserve(session, held, {}, limited=limited)
    contacts: list[NewContact] = []
    going = []
    items = knowing_owned(session, deciding.offering, [_item(delivery) for delivery in deliveries])
    for delivery, item in zip(deliveries, items, strict=True):
        decision, message = _decided(deciding, wording, item, delivery.customer, past)
        decision = drawn(reserve, decision)
        _apply(delivery, deciding, item, decision, message)
        if decision.status == WAITING and delivery.product_id is not None and delivery.channel is not None:
            at = delivery.next_at or now
            contacts.append(
                NewContact(delivery.customer, delivery.product_id, delivery.channel, at, campaign_id, delivery.id)
            )
            history = past[delivery.customer]
            past[delivery.customer] = facts.with_contact(history, delivery.product_id, delivery.channel, at)
            going.append(delivery)
    reserve.close()
    book.record(session, contacts)
    return going


def _decided(
    deciding: Deciding, wording: Wording, item: TriggerItem, customer: str, past: Mapping[str, Any]
) -> tuple[Decision, Message | None]:
    decision = deciding.decide(item, customer, past[customer])
    if decision.status != WAITING:
        return decision, None
    try:
        return decision, wording.message(item, decision)
    except (TemplateError, NoMessageError) as error:
        return unsaid(decision, error), None


def _apply(
    delivery: Delivery, deciding: Deciding, item: TriggerItem, decision: Decision, message: Message | None
) -> None:
    was_promised = delivery.snapshot is not None
    values = decided(deciding.campaign, item, decision, message, deciding.now)
    if decision.status == REFUSED and was_promised:
        # What was promised and taken back stays to be seen.
        end([delivery], CANCELLED, decision.reasons, deciding.now)
        return
    for name, value in values.items():
        setattr(delivery, name, value)
    delivery.leased_until = delivery.lease = None


def _item(delivery: Delivery) -> TriggerItem:
    """Return the item of which a delivery was made."""
    features = delivery.features or {}
    return TriggerItem(
        delivery.key,
        delivery.customer_id or "",
        features,
        CustomerFeatures.of(features),
        delivery.channel,
        delivery.language,
        delivery.address,
        delivery.time_zone,
    )
