"""What a decision needs to know, read set-based: the campaign, what it offers, the policy, and the customers' past."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, undefer

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.triggering import records
from catalog_app.campaigns.triggering.choosing import ordering_of
from catalog_app.campaigns.triggering.deciding import Deciding
from catalog_app.campaigns.triggering.offering import FRESH, offering_of
from catalog_app.contacts.history import History, histories
from catalog_app.contacts.policy import policy_of
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.core.wiring import settings


def deciding(session: Session, campaign_id: int, now: datetime, *, held: bool = False) -> Deciding:
    """Return what a campaign decides by at this moment, taken out of the session; raise NotFoundError.

    `held`: nobody changes the campaign before this transaction ends; then NotReadError says that the model that orders
    its candidates has to be read first.
    """
    campaign = session.scalar(_HELD if held else _READ, {"number": campaign_id}, execution_options=FRESH)
    if campaign is None or campaign.deleted_at is not None:
        raise NotFoundError(Sentence("There is no campaign %(campaign)s.", campaign=campaign_id))
    session.expunge(campaign)
    currency = settings().base_currency
    offering = offering_of(session, campaign, now, base_currency=currency)
    several = [terms.product for terms in offering.terms] if campaign.use_nbo else []
    ordering = ordering_of(session, several, currency, insists=held)
    return Deciding(campaign, offering, policy_of(session), now, ordering)


def past_of(session: Session, deciding: Deciding, customers: Collection[str]) -> Mapping[str, History]:
    """Return the history of these customers (hashes), as this campaign counts it.

    Who is held out counts as offered to: or they would be asked again and again, and the others only once.
    """
    campaign = deciding.campaign
    numbers = {*deciding.offering.product_ids, *deciding.offering.seen}
    found = histories(
        session,
        customers,
        product_ids=sorted(numbers),
        campaign_id=campaign.id,
        policy=deciding.policy,
        now=deciding.now,
    )
    if campaign.control_group_percent:
        for customer, at in records.held_out(session, campaign.id, customers):
            found[customer] = with_offer(found[customer], at)
    return found


def with_offer(history: History, at: datetime) -> History:
    """Return a history with one more time that this campaign offered something."""
    last = history.last_in_campaign
    return replace(history, in_campaign=history.in_campaign + 1, last_in_campaign=at if last is None else max(last, at))


def with_contact(history: History, product_id: int, channel: str, at: datetime) -> History:
    """Return a history with one more contact by this campaign, as the contacts will tell it."""
    offered: dict[int, Any] = {**history.last_offered}
    offered[product_id] = max(at, offered.get(product_id, at))
    recent = tuple(sorted(((channel, at), *history.recent), key=lambda contact: contact[1], reverse=True))
    return replace(with_offer(history, at), last_offered=offered, recent=recent)


_READ: Final = select(Campaign).where(Campaign.id == bindparam("number")).options(undefer(Campaign.last_snapshot))
_HELD: Final = _READ.with_for_update()
