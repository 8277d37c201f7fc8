"""Calls of a trigger as tests make them."""

from collections.abc import Sequence
from typing import Any

from catalog_app.campaigns.models import Delivery
from catalog_app.campaigns.triggering.items import TriggerItem, items_of
from catalog_app.campaigns.triggering.results import Result
from catalog_app.campaigns.triggering.service import TriggerService
from catalog_app.core.db import db

ENGINE = "token:campaign engine"


def item(number: int = 1, **told: Any) -> dict[str, Any]:
    """Return what a campaign engine sends of one customer."""
    return {"key": f"k{number}", "customer_id": f"c{number}", "customer_features": {}, **told}


def trigger(campaign_id: int, *sent: dict[str, Any]) -> list[Result]:
    return TriggerService().trigger(campaign_id, items_of(list(sent)), actor=ENGINE)


def one(campaign_id: int, **told: Any) -> dict[str, Any]:
    """Return the answer to a call with one item."""
    return trigger(campaign_id, item(**told))[0].as_json()


def checked(sent: dict[str, Any]) -> TriggerItem:
    return TriggerItem.of(sent)


def codes(answer: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def deliveries(campaign_id: int) -> Sequence[Delivery]:
    session = db.session()
    session.rollback()
    return session.query(Delivery).filter_by(campaign_id=campaign_id).order_by(Delivery.id).all()


def batch(number: int, size: int) -> list[dict[str, Any]]:
    """Return the items of a batch: as many customers, none of them in another one."""
    return [item(number * size + place) for place in range(size)]
