"""Looking at deliveries once more before they are handed over: what they promise may be gone, or another thing by now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.campaigns.changes import product_ids
from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.models import (
    ACTIVE,
    CANCELLED,
    COMPLETED,
    HELD,
    HOLD,
    LAST_SNAPSHOT,
    LEASED,
    STOP,
    WAITING,
    Campaign,
    Delivery,
)
from catalog_app.campaigns.offering import withdrawal_of
from catalog_app.campaigns.trial import is_test
from catalog_app.campaigns.triggering.deciding import OFFER_OVER
from catalog_app.campaigns.triggering.redeciding import decide_anew, end, hold, take_back
from catalog_app.campaigns.triggering.reserving import held_campaign
from catalog_app.campaigns.triggering.said import as_reason
from catalog_app.campaigns.triggering.withdrawal import Followed
from catalog_app.contacts import book
from catalog_app.contacts.history import choices_of
from catalog_app.contacts.permission import choice_refusal
from catalog_app.contacts.policy import policy_of
from catalog_app.products import quota
from catalog_app.products.models import Product

_DELETED: Final = {"code": "campaign_deleted", "rule": "campaign", "message": "campaign: it was deleted"}
_OVER: Final = {"code": OFFER_OVER, "rule": "valid_to", "message": "valid_to: the offer ended before it was sent"}
_ANEW: Final = "anew"
"""Decided again, all of it."""
Reason = Mapping[str, Any]


def refresh(session: Session, deliveries: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Return those of these deliveries that may be handed over now; the others are held or cancelled afterwards.

    Inside the caller's write transaction. A few queries where nothing has moved. What was handed over before and not
    acknowledged goes out as it is or not at all: it may be in the customer's hands already, and what they were told
    stays.
    """
    counted = [delivery for delivery in deliveries if not is_test(delivery.key)]
    if not counted:
        return list(deliveries)
    look = _Look(session, counted, now)
    found = {delivery.id: move for delivery in counted if (move := look.move(delivery)) is not None}
    going = {delivery.id for delivery in deliveries} - set(found)
    changed = sorted(
        (delivery for delivery in counted if delivery.id in found), key=lambda one: (one.campaign_id, one.id)
    )
    if changed:
        _hold(session, changed, look)
    for campaign_id, some in groupby(changed, key=lambda delivery: delivery.campaign_id):
        going |= _settled(session, campaign_id, [(delivery, found[delivery.id]) for delivery in some], now)
    session.flush()
    return [delivery for delivery in deliveries if delivery.id in going]


class _Move:
    """What becomes of a delivery: another state with its reasons, or a new decision."""

    def __init__(self, status: str, *reasons: Reason) -> None:
        self.status, self.reasons = status, reasons


def _hold(session: Session, changed: Sequence[Delivery], look: "_Look") -> None:
    """Hold what these deliveries hang on, in the order in which everybody does: customers, campaigns, products."""
    book.lock(session, {delivery.customer for delivery in changed})
    campaigns = sorted({delivery.campaign_id for delivery in changed})
    for campaign_id in campaigns:
        held_campaign(session, campaign_id)
    products = {delivery.product_id for delivery in changed if delivery.product_id is not None}
    quota.hold(session, products.union(*(look.product_ids(campaign_id) for campaign_id in campaigns)))


def _settled(session: Session, campaign_id: int, moves: Sequence[tuple[Delivery, _Move]], now: datetime) -> set[int]:
    """Bring deliveries of a campaign into their new states; return those that are promised again."""
    # Of a lease that ran out nobody knows whether it reached its customer: then the offer was made.
    take_back(session, [delivery for delivery, _ in moves if delivery.status != LEASED])
    anew = [delivery for delivery, move in moves if move.status == _ANEW]
    for delivery, move in moves:
        if move.status == CANCELLED:
            end([delivery], CANCELLED, move.reasons, now)
        elif move.status == HELD:
            hold([delivery], move.reasons)
    return {delivery.id for delivery in decide_anew(session, campaign_id, anew, now)} if anew else set()


class _Look:
    """What stands now of what these deliveries hang on, and what follows for each."""

    def __init__(self, session: Session, deliveries: Sequence[Delivery], now: datetime) -> None:
        self._now, self._policy = now, policy_of(session)
        campaigns = {delivery.campaign_id for delivery in deliveries}
        products = {delivery.product_id for delivery in deliveries}
        fresh = {"populate_existing": True}
        found = session.scalars(select(Campaign).where(Campaign.id.in_(campaigns)), execution_options=fresh)
        self._campaigns = {campaign.id: campaign for campaign in found}
        sold = session.scalars(select(Product).where(Product.id.in_(products)), execution_options=fresh)
        self._products = {product.id: product for product in sold}
        self._choices = choices_of(session, {delivery.customer for delivery in deliveries})

    def product_ids(self, campaign_id: int) -> Sequence[int]:
        """Return the products that a campaign may offer."""
        return product_ids(self._campaigns[campaign_id])

    def move(self, delivery: Delivery) -> _Move | None:
        """Return what becomes of a delivery; None where it goes out as it is."""
        move = self._move(delivery)
        if move is None or not delivery.attempts or move.status == CANCELLED:
            return move
        if move.status == HELD and delivery.status == WAITING:
            return move
        # It was tried already: it is never said in other words, and of a product that is withdrawn not at all.
        return _Move(CANCELLED, *move.reasons) if move.reasons else None

    def _move(self, delivery: Delivery) -> _Move | None:
        campaign = self._campaigns[delivery.campaign_id]
        if campaign.deleted_at is not None:
            return _Move(CANCELLED, _DELETED)
        if self._is_over(delivery):
            return _Move(CANCELLED, _OVER)
        against = choice_refusal(self._policy, self._choices.get(delivery.customer, {}), delivery.channel or "")
        if against is not None:
            return _Move(CANCELLED, as_reason(against))
        product = self._products.get(delivery.product_id or 0)
        if product is None:
            return None
        withdrawn = withdrawal_of(product, self._now)
        if withdrawn is not None:
            return self._withdrawn(campaign, product, withdrawn.because)
        # A campaign that has ended decides on nobody any more; what it promised while it ran is kept.
        is_moved = delivery.product_version != product.version and status_at(campaign, self._now) == ACTIVE
        return _Move(_ANEW) if is_moved else None

    def _is_over(self, delivery: Delivery) -> bool:
        until = (delivery.snapshot or {}).get("valid_to")
        return until is not None and datetime.fromisoformat(until) <= self._now

    def _withdrawn(self, campaign: Campaign, product: Product, because: str) -> _Move | None:
        policy, is_own = campaign.on_withdrawal, product.id == campaign.product_id
        if is_own and policy == LAST_SNAPSHOT:
            return None
        followed = Followed(policy, because, product.id).as_reason()
        has_ended = status_at(campaign, self._now) == COMPLETED
        if has_ended or (is_own and policy == STOP):
            return _Move(CANCELLED, followed)
        # Of a candidate or a successor another one may take its place.
        return _Move(HELD if is_own and policy == HOLD else _ANEW, followed)
