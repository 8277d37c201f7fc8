"""How a campaign changes: every door, the clock and the watch over products write through these functions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.campaigns import terms
from catalog_app.campaigns.ending import let_go
from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.models import COMPLETED, Campaign
from catalog_app.core.changed import set_values
from catalog_app.core.errors import NotFoundError, Sentence, StaleError
from catalog_app.core.text import fold
from catalog_app.events.models import Revision
from catalog_app.events.service import record_revision
from catalog_app.products.models import Product

SUBJECT: Final = "campaign"
Changes = dict[str, list[Any]]


def found(session: Session, campaign_id: int) -> Campaign:
    """Return the campaign, or raise NotFoundError; a deleted one is not found."""
    return _living(session.get(Campaign, campaign_id), campaign_id)


def for_change(session: Session, campaign_id: int, expected_version: int | None, *, now: datetime) -> Campaign:
    """Return the campaign, read afresh, held for a change, and in the state that the clock gives it.

    Raises StaleError where it is not the expected version. What the clock brings is written first, so whoever names
    the version they read is only stale where somebody changed something.
    """
    campaign = _living(session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True), campaign_id)
    if expected_version is not None and campaign.version != expected_version:
        raise StaleError(
            Sentence(
                "Not saved: %(who)s changed this campaign meanwhile. Compare both versions.",
                who=campaign.updated_by.removeprefix("user:"),
            ),
            current_version=campaign.version,
        )
    follow_clock(session, campaign, now)
    return campaign


def follow_clock(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Let a campaign begin or end whose time has come; return whether anything was written."""
    status = status_at(campaign, now)
    if status == campaign.status:
        return False
    because = terms.BECAUSE_ENDED if status == COMPLETED else terms.BECAUSE_BEGUN
    move(session, campaign, status, action=because, reason=because, actor=terms.CATALOG, now=now)
    return True


def move(  # each is a part of one move
    session: Session,
    campaign: Campaign,
    status: str,
    *,
    action: str,
    reason: str | None,
    actor: str,
    now: datetime,
    also: Mapping[str, Any] | None = None,
) -> Revision:
    """Bring a campaign into another state, with the revision; what is completed lets go of what it holds."""
    values = {"status": status, "status_reason": reason, **(also or {})}
    if status == COMPLETED:
        values["completed_at"] = now
        let_go(session, campaign, campaign.status, now)
    return write(session, campaign, set_values(campaign, values), action=action, actor=actor, at=now)


def write(session: Session, campaign: Campaign, changes: Changes, *, action: str, actor: str, at: datetime) -> Revision:
    """Finish a change: what follows from it, who and when, the next version, and the revision that tells of it."""
    campaign.search_text = search_text(campaign)
    campaign.updated_at, campaign.updated_by = at, actor
    session.flush()
    revision = record_revision(
        session,
        (SUBJECT, campaign.id, campaign.name),
        changes,
        version=campaign.version,
        action=action,
        actor=actor,
        at=at,
    )
    session.flush()
    return revision


def search_text(campaign: Campaign) -> str:
    """Return the folded text in which a search looks for substrings."""
    return fold("\n".join((campaign.name, campaign.description or "", campaign.trigger_event or "")))


def products_of(session: Session, campaign: Campaign, *, held: bool = False) -> dict[int, Product]:
    """Return by number the product of a campaign, or its candidates; a deleted one too.

    `held`: nobody deletes them before this transaction ends, which is what RESTRICT asks of whoever begins to use them.
    """
    ids = product_ids(campaign)
    if not ids:
        return {}
    query = select(Product).where(Product.id.in_(ids)).order_by(Product.id)
    if held:
        query = query.with_for_update(read=True)
    return {product.id: product for product in session.scalars(query, execution_options={"populate_existing": True})}


def product_ids(campaign: Campaign) -> tuple[int, ...]:
    """Return the products that a campaign may offer."""
    if campaign.use_nbo:
        return tuple(campaign.candidates)
    return () if campaign.product_id is None else (campaign.product_id,)


def _living(campaign: Campaign | None, campaign_id: int) -> Campaign:
    if campaign is None or campaign.deleted_at is not None:
        raise NotFoundError(Sentence("There is no campaign %(campaign)s.", campaign=campaign_id))
    return campaign
