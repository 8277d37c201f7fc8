"""Which live campaigns use a product, for whoever retires, deletes or withdraws it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from flask import has_request_context, url_for
from flask_babel import gettext
from sqlalchemy import Row, case, or_, select

from catalog_app.campaigns.models import ACTIVE, HOLD, LAST_SNAPSHOT, LIVE, PAUSED, STOP, SUCCESSOR, Campaign
from catalog_app.core.db import db
from catalog_app.products.usage import Usage, Usages

MOST_NAMED: Final = 500
"""For more products than this, all live campaigns are read, and those that use one of them are picked out."""
_COLUMNS: Final = (
    Campaign.id,
    Campaign.name,
    Campaign.status,
    Campaign.product_id,
    Campaign.use_nbo,
    Campaign.candidates,
    Campaign.on_withdrawal,
)
_RUNNING_FIRST: Final = case((Campaign.status == ACTIVE, 0), (Campaign.status == PAUSED, 2), else_=1)


class CampaignUsage:
    """The campaigns that are live (scheduled, active, paused): each keeps its product from being deleted."""

    def usages_of_many(self, product_ids: Collection[int]) -> Usages:
        found: dict[int, list[Usage]] = {}
        for campaign in _live(product_ids):
            for number in _uses(campaign):
                if number in product_ids:
                    found.setdefault(number, []).append(_usage(campaign))
        return found


def _live(product_ids: Collection[int]) -> Sequence[Row[Any]]:
    query = select(*_COLUMNS).where(Campaign.status.in_(LIVE), Campaign.deleted_at.is_(None))
    if len(product_ids) <= MOST_NAMED:
        query = query.where(or_(Campaign.product_id.in_(product_ids), Campaign.use_nbo))
    return db.session().execute(query.order_by(_RUNNING_FIRST, Campaign.name, Campaign.id)).all()


def _uses(campaign: Row[Any]) -> Iterator[int]:
    if campaign.use_nbo:
        yield from campaign.candidates
    elif campaign.product_id is not None:
        yield campaign.product_id


def _usage(campaign: Row[Any]) -> Usage:
    # Work in the background asks as well: it names campaigns, and links to nothing.
    url = url_for("campaigns.show", campaign_id=campaign.id) if has_request_context() else ""
    policy = campaign.on_withdrawal
    words = _chosen(campaign.status) if campaign.use_nbo else _consequence(campaign.status, policy)
    return Usage("campaign", campaign.name, url, words, id=campaign.id, policy=policy)


def _consequence(status: str, policy: str) -> str:
    """Return what becomes of a campaign whose product goes."""
    running: Mapping[str, str] = {
        STOP: gettext("Campaign, active: ends"),
        HOLD: gettext("Campaign, active: holds its offers until the product is back"),
        SUCCESSOR: gettext("Campaign, active: offers the successor"),
        LAST_SNAPSHOT: gettext("Campaign, active: goes on with the offer as it was"),
    }
    waiting: Mapping[str, str] = {
        STOP: gettext("Campaign, not running: ends"),
        HOLD: gettext("Campaign, not running: would hold its offers until the product is back"),
        SUCCESSOR: gettext("Campaign, not running: would offer the successor"),
        LAST_SNAPSHOT: gettext("Campaign, not running: would go on with the offer as it was"),
    }
    return (running if status == ACTIVE else waiting)[policy]


def _chosen(status: str) -> str:
    if status == ACTIVE:
        return str(gettext("Campaign, active: chooses among its other candidates"))
    return str(gettext("Campaign, not running: would choose among its other candidates"))
