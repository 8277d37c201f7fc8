"""Taking a customer out of what campaigns have handed out; that something was handed out stays, and is counted."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import String, case, cast, literal, select, update
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import CANCELLED, HELD, LEASED, WAITING, Campaign, Delivery
from catalog_app.campaigns.senders.retention import empty
from catalog_app.campaigns.trial import is_counted
from catalog_app.campaigns.triggering.redeciding import end, take_back
from catalog_app.campaigns.triggering.reserving import held_campaign
from catalog_app.contacts.models import CUSTOMER_LENGTH
from catalog_app.products import quota

_ERASED: Final = {"code": "erased", "rule": "customer", "message": ""}


def erase(session: Session, customer: str, now: datetime) -> Mapping[str, int]:
    """Cancel what is still to go to a customer (a hash), and let no delivery say any more whose it was.

    Their deliveries stay together under a name that nothing leads to, so that they are counted as one customer; their
    keys go, for the campaign engine may have made them of anything.
    """
    # By campaign, because that is how the index leads to a customer.
    own = Delivery.campaign_id.in_(select(Campaign.id)), Delivery.customer == customer
    for campaign_id in sorted(session.scalars(select(Delivery.campaign_id).where(*own).distinct())):
        held_campaign(session, campaign_id)
    deliveries = session.scalars(select(Delivery).where(*own).order_by(Delivery.id).with_for_update()).all()
    still_open = [delivery for delivery in deliveries if delivery.status in (WAITING, LEASED, HELD)]
    untried = [delivery for delivery in still_open if not delivery.attempts]
    quota.hold(session, {delivery.product_id for delivery in untried if delivery.product_id is not None})
    take_back(session, untried)
    end(still_open, CANCELLED, [_ERASED], now)
    session.flush()
    empty(session, {delivery.id: delivery.reasons for delivery in deliveries})
    key = case((is_counted(), literal("erased:") + cast(Delivery.id, String)), else_=Delivery.key)
    nobody = secrets.token_hex(CUSTOMER_LENGTH // 2)
    renamed = update(Delivery).where(Delivery.id.in_([delivery.id for delivery in deliveries]))
    session.execute(renamed.values(customer=nobody, key=key), execution_options={"synchronize_session": False})
    return {"deliveries": len(deliveries), "cancelled": len(still_open)}
