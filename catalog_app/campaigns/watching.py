"""What becomes of products, followed by the campaigns that are live; and the campaigns that begin and end by the clock.

A live campaign notes which version of its product it last saw. Whoever beats looks for those whose product says
something else by now, so no change is missed, however long nobody looked: what is compared is how things stand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from catalog_app.campaigns import changes as write_side
from catalog_app.campaigns import terms
from catalog_app.campaigns.checking import errors_of, findings_of, versions_of
from catalog_app.campaigns.lifecycle import status_sql
from catalog_app.campaigns.models import ACTIVE, COMPLETED, HELD, LIVE, STOP, SUCCESSOR, Campaign, Delivery
from catalog_app.campaigns.offering import NO_CANDIDATE, kept, withdrawal_of
from catalog_app.campaigns.triggering.offering import offering_of
from catalog_app.campaigns.triggering.releasing import release
from catalog_app.core.changed import set_values
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.wiring import settings
from catalog_app.products.models import Product

log = structlog.get_logger()

AT_ONCE: Final = 500
"""How many campaigns one look takes up; the others are found by the next."""
_EVERYTHING: Final = 0
"""The one row of this backlog: a pair of hands goes through all campaigns that are due, one after the other."""
_IS_LIVE: Final = and_(Campaign.status.in_(LIVE), Campaign.deleted_at.is_(None))
_HOLDS: Final = and_(
    Campaign.status == ACTIVE, exists().where(Delivery.campaign_id == Campaign.id, Delivery.status == HELD)
)
_LEFT_HELD: Final = and_(_HOLDS, Campaign.withdrawn_at.is_(None))
"""Deliveries that nobody released when the product came back, because whoever began to was interrupted."""


class CampaignWatch:
    """The work of campaigns that waits for the clock or follows a product; one campaign is one transaction."""

    name = "campaign"

    def settle(self, now: datetime) -> None:
        """Nothing is ever left half done."""

    def waiting(self) -> Sequence[int]:
        return [_EVERYTHING] if due(db.session(), utcnow()) else []

    def work_on(self, row_id: int) -> None:  # noqa: ARG002  # there is one
        for campaign_id in due(db.session(), utcnow()):
            try:
                follow(campaign_id, utcnow())
            except Exception:
                # It keeps no other waiting; the next beat tries it again.
                log.exception("campaign not followed", campaign=campaign_id)


def due(session: Session, now: datetime) -> list[int]:
    """Return the live campaigns whose time has come, or whose product says something else than they saw last.

    A few queries, however many campaigns there are.
    """
    found = [*_by_clock_or_product(session, now), *_by_candidates(session, now), *_by_successor(session, now)]
    return list(dict.fromkeys(found))[:AT_ONCE]


def follow(campaign_id: int, now: datetime) -> None:
    """Bring a live campaign up to what the clock and its products say; release what it held if it can offer again."""
    with writing() as session:
        campaign = session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
        if campaign is None or campaign.deleted_at is not None or not campaign.is_live:
            return
        write_side.follow_clock(session, campaign, now)
        follow_products(session, campaign, now)
        can_offer = _can_offer(session, campaign, now)
    if can_offer:
        release(campaign_id, now)


def follow_products(session: Session, campaign: Campaign, now: datetime) -> None:
    """Note what became of the products of a live campaign; of one that is over nothing is noted any more."""
    if not campaign.is_live:
        return
    products = write_side.products_of(session, campaign)
    because, was = withdrawn_because(campaign, products, now), campaign.withdrawn_because
    if because is not None:
        note_withdrawal(session, campaign, because, now)
    elif was is not None:
        note_return(session, campaign, now)
    if because is None:
        _check_again(session, campaign, products, now)
    _note_seen(session, campaign, products, can_be_offered=because is None)


def note_withdrawal(session: Session, campaign: Campaign, because: str, now: datetime) -> bool:
    """Write down that nobody can be offered what a live campaign offers; one that stops then is completed.

    The campaign is held by the caller's transaction. Returns whether anything was written: who meets it first writes.
    """
    if not campaign.is_live or campaign.withdrawn_because == because:
        return False
    noted = {"withdrawn_at": campaign.withdrawn_at or now, "withdrawn_because": because}
    log.info("campaign's product withdrawn", campaign=campaign.id, because=because, policy=campaign.on_withdrawal)
    if campaign.on_withdrawal == STOP:
        write_side.move(
            session,
            campaign,
            COMPLETED,
            action=terms.BECAUSE_WITHDRAWN,
            reason=terms.BECAUSE_WITHDRAWN,
            actor=terms.CATALOG,
            now=now,
            also=noted,
        )
    else:
        _write(session, campaign, noted, action=terms.BECAUSE_WITHDRAWN, now=now)
    return True


def note_return(session: Session, campaign: Campaign, now: datetime) -> None:
    """Write down that it can be offered again."""
    log.info("campaign's product returned", campaign=campaign.id)
    _write(session, campaign, {"withdrawn_at": None, "withdrawn_because": None}, action="returned", now=now)


def withdrawn_because(campaign: Campaign, products: Mapping[int, Product], now: datetime) -> str | None:
    """Return why nothing that a campaign offers can be offered, None where something can."""
    found = [withdrawal_of(product, now) for product in products.values()]
    if not found or any(one is None for one in found):
        return None
    return NO_CANDIDATE if campaign.use_nbo else next(one.because for one in found if one is not None)


def _check_again(session: Session, campaign: Campaign, products: Mapping[int, Product], now: datetime) -> None:
    """Count what pre-flight finds now that a product changed, and tell of it where it is another number."""
    if campaign.checked_version == versions_of(products):
        return
    faults = len(errors_of(findings_of(session, campaign, products, now=now)))
    if faults != campaign.faults:
        _write(session, campaign, {"faults": faults}, action="checked", now=now)


def _note_seen(session: Session, campaign: Campaign, products: Mapping[int, Product], *, can_be_offered: bool) -> None:
    """Note which version was seen, and what it was as long as it can be offered. That is no change of the campaign."""
    seen = {"checked_version": versions_of(products)}
    if seen["checked_version"] == campaign.checked_version:
        return
    own = products.get(campaign.product_id or 0) if can_be_offered else None
    snapshot = {} if own is None else {"last_snapshot": kept(own)}
    statement = update(Campaign).where(Campaign.id == campaign.id).values(**seen, **snapshot)
    session.execute(statement, execution_options={"synchronize_session": False})


def _can_offer(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Return whether there is anything to be offered: the product, or what stands in for it."""
    return bool(offering_of(session, campaign, now, base_currency=settings().base_currency).terms)


def _write(session: Session, campaign: Campaign, values: Mapping[str, object], *, action: str, now: datetime) -> None:
    write_side.write(session, campaign, set_values(campaign, values), action=action, actor=terms.CATALOG, at=now)


def _by_clock_or_product(session: Session, now: datetime) -> Iterable[int]:
    moved = or_(
        Campaign.checked_version.is_(None),
        Campaign.checked_version != Product.version,
        # The one way in which a product goes by the clock alone; none comes back by it.
        and_(Campaign.withdrawn_at.is_(None), Product.valid_to <= now),
    )
    query = (
        select(Campaign.id)
        .outerjoin(Product, Product.id == Campaign.product_id)
        .where(_IS_LIVE, or_(status_sql(now) != Campaign.status, and_(Product.id.is_not(None), moved), _LEFT_HELD))
    )
    return session.scalars(query.order_by(Campaign.id).limit(AT_ONCE))


def _by_candidates(session: Session, now: datetime) -> Iterator[int]:
    """Yield those that choose among several products; two queries, however many there are."""
    campaigns = session.scalars(select(Campaign).where(_IS_LIVE, Campaign.use_nbo).order_by(Campaign.id)).all()
    ids = {number for campaign in campaigns for number in campaign.candidates}
    known = {one.id: one for one in session.scalars(select(Product).where(Product.id.in_(ids)))} if ids else {}
    for campaign in campaigns:
        products = {number: known[number] for number in campaign.candidates if number in known}
        is_gone = withdrawn_because(campaign, products, now) is not None
        if campaign.checked_version != versions_of(products) or is_gone != (campaign.withdrawn_at is not None):
            yield campaign.id


def _by_successor(session: Session, now: datetime) -> Iterator[int]:
    """Yield those that hold customers because nothing stood in for their product, where something does by now."""
    waits = and_(_IS_LIVE, _HOLDS, Campaign.on_withdrawal == SUCCESSOR, Campaign.withdrawn_at.is_not(None))
    for campaign in session.scalars(select(Campaign).where(waits).order_by(Campaign.id)).all():
        if _can_offer(session, campaign, now):
            yield campaign.id
