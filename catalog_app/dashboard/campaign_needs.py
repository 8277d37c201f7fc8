"""What waits for a person in the room of campaigns: told to everybody, and to the owner as theirs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from catalog_app.accounts import actor, i_may
from catalog_app.campaigns.models import COMPLETED, DEAD, LIVE, PAUSED, Campaign, Delivery
from catalog_app.campaigns.terms import BECAUSE_GONE, BECAUSE_WITHDRAWN
from catalog_app.campaigns.withdrawn_words import policy_sentence, withdrawn_sentence
from catalog_app.core.moments import figure
from catalog_app.dashboard.needs import Need
from catalog_app.products.models import Product

TOLD_FOR: Final = timedelta(days=7)
"""So long is told that a campaign ended by itself."""
MOST: Final = 50


def campaign_needs(session: Session, now: datetime) -> Iterator[Need]:
    """Yield campaigns whose product went, that stopped by themselves, or that pre-flight faults; and dead messages."""
    yield from _withdrawn(session, now)
    yield from _stopped(session)
    yield from _faulty(session)
    yield from _dead(session)


def _withdrawn(session: Session, now: datetime) -> Iterator[Need]:
    """Yield one line for each product: what became of it, and of the campaigns that offered it."""
    ended = and_(
        Campaign.status == COMPLETED,
        Campaign.status_reason == BECAUSE_WITHDRAWN,
        Campaign.completed_at > now - TOLD_FOR,
    )
    found = _campaigns(session, Campaign.withdrawn_at.is_not(None), or_(Campaign.status.in_(LIVE), ended))
    by_product = sorted(found, key=lambda one: (one.product_id or 0, one.withdrawn_because or "", one.id))
    names = _names(session, {one.product_id for one in found if one.product_id})
    for (product_id, because), group in groupby(by_product, key=lambda one: (one.product_id, one.withdrawn_because)):
        campaigns = list(group)
        yield Need(
            "bad", "dashed-cross",
            _title(campaigns),
            " ".join((withdrawn_sentence(because or "", names.get(product_id or 0, "")), *_policies(campaigns), *_mine(campaigns))),
            gettext("Decide") if i_may("editor") else gettext("View"),
            _page(campaigns, product_id),
            min((one.withdrawn_at for one in campaigns if one.withdrawn_at), default=None),
        )  # fmt: skip


def _title(campaigns: Sequence[Campaign]) -> str:
    if len(campaigns) == 1:
        return str(gettext("Campaign %(name)s lost its product", name=campaigns[0].name))
    return str(ngettext(
        "%(count)s campaign lost its product", "%(count)s campaigns lost their product",
        len(campaigns), count=figure(len(campaigns)),
    ))  # fmt: skip


def _policies(campaigns: Sequence[Campaign]) -> Iterator[str]:
    """Yield what the campaigns do now, each policy once."""
    yield from (
        policy_sentence(policy, count) for policy, count in Counter(one.on_withdrawal for one in campaigns).items()
    )


def _mine(campaigns: Sequence[Campaign]) -> Iterator[str]:
    """Yield a word to the owner, where that is who looks."""
    mine = sum(one.owner == actor() for one in campaigns)
    if mine:
        yield (
            ngettext("You own it.", "You own %(num)d of them.", mine) if len(campaigns) > 1 else gettext("You own it.")
        )


def _page(campaigns: Sequence[Campaign], product_id: int | None) -> str:
    if len(campaigns) == 1:
        return url_for("campaigns.show", campaign_id=campaigns[0].id)
    return url_for("campaigns.index", product_id=product_id, withdrawn="true")


def _stopped(session: Session) -> Iterator[Need]:
    for one in _campaigns(session, Campaign.status == PAUSED, Campaign.status_reason == BECAUSE_GONE):
        yield Need(
            "bad", "pause",
            gettext("Campaign %(name)s was paused by itself", name=one.name),
            " ".join((gettext("The address of its webhook wants nothing more (410 Gone)."), *_mine([one]))),
            gettext("Look"),
            url_for("campaigns.show", campaign_id=one.id),
            one.updated_at,
        )  # fmt: skip


def _faulty(session: Session) -> Iterator[Need]:
    for one in _campaigns(session, Campaign.faults > 0, Campaign.status.in_(LIVE), Campaign.withdrawn_at.is_(None)):
        yield Need(
            "warn", "bang",
            ngettext(
                "Campaign %(name)s has %(count)s error since its product changed",
                "Campaign %(name)s has %(count)s errors since its product changed",
                one.faults, count=figure(one.faults), name=one.name,
            ),
            " ".join((gettext("Pre-flight names each with its place in the message."), *_mine([one]))),
            gettext("Look"),
            url_for("campaigns.show", campaign_id=one.id),
            one.updated_at,
        )  # fmt: skip


def _dead(session: Session) -> Iterator[Need]:
    """Yield the messages that were given up, campaign by campaign: each lookup walks an index, and not the deliveries."""
    given_up = (
        select(Campaign, func.count(), func.min(Delivery.ended_at))
        .join(Delivery, and_(Delivery.campaign_id == Campaign.id, Delivery.status == DEAD))
        .where(Campaign.deleted_at.is_(None))
        .group_by(Campaign.id)
        .order_by(Campaign.id)
        .limit(MOST)
    )
    for one, count, oldest in session.execute(given_up):
        yield Need(
            "warn", "cross",
            ngettext(
                "%(count)s message of %(name)s was never taken", "%(count)s messages of %(name)s were never taken",
                count, count=figure(count), name=one.name,
            ),
            " ".join((gettext("Whoever hands them over refused them for a day. They can be handed over again."), *_mine([one]))),
            gettext("Look"),
            url_for("campaigns.deliveries", campaign_id=one.id, status=DEAD),
            oldest,
        )  # fmt: skip


def _campaigns(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Campaign]:
    living = select(Campaign).where(Campaign.deleted_at.is_(None), *conditions)
    return session.scalars(living.order_by(Campaign.id).limit(MOST)).all()


def _names(session: Session, product_ids: set[int]) -> dict[int, str]:
    if not product_ids:
        return {}
    found = session.execute(select(Product.id, Product.name).where(Product.id.in_(product_ids)))
    return {row.id: row.name for row in found}
