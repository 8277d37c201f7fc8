"""Triggers as use cases: a call decides for every customer in it, once, and answers the same when it is repeated."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from catalog_app.campaigns.lifecycle import status_sql
from catalog_app.campaigns.models import ACTIVE, Campaign
from catalog_app.campaigns.triggering import choosing, facts, records
from catalog_app.campaigns.triggering.calling import Call, MovedError, Written
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.records import Delivered, Key
from catalog_app.campaigns.triggering.reserving import Held
from catalog_app.campaigns.triggering.results import Result, counts_of
from catalog_app.campaigns.triggering.testing import send_test
from catalog_app.contacts import book
from catalog_app.contacts.customers import hasher
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.recommendations.errors import NotReadError

log = structlog.get_logger()

MOST_TRIES: Final = 5
PATIENCE: Final = 2
FEW: Final = 10
"""So many items are decided while their campaign and their customers are held; more would keep others waiting."""
_DEADLOCK: Final = ("40P01", "40001")


class TriggerService:
    """What the campaign engine asks for. Each call of one campaign is one transaction, all of it or nothing."""

    def trigger(self, campaign_id: int, items: Sequence[TriggerItem], *, actor: str) -> list[Result]:
        """Return what becomes of each item, in order; an item whose key came before is answered as it was then.

        Raises NotFoundError for a campaign that is not there, and OperationalError where others are in the way for too
        long: nothing is done then, and the call may be sent again.
        """
        tries = 0
        while True:
            tries += 1
            try:
                # Where somebody is faster again and again, all of it is done while everything is held: then nothing moves.
                is_held = len(items) <= FEW or tries > PATIENCE
                results = _held(campaign_id, items) if is_held else _tried(campaign_id, items)
            except MovedError:
                continue
            except OperationalError as error:
                if tries == MOST_TRIES or getattr(error.orig, "sqlstate", None) not in _DEADLOCK:
                    raise
                continue
            log.info("campaign triggered", campaign=campaign_id, by=actor, items=len(items), **counts_of(results))
            return results

    def trigger_event(self, event: str, items: Sequence[TriggerItem], *, actor: str) -> list[Result]:
        """Return what becomes of each item in every active campaign that waits for this event, oldest campaign first.

        Each campaign is a transaction of its own: one that is interrupted is repeated, and answers what was done.
        """
        now = utcnow()
        session = db.session()
        listening = select(Campaign.id).where(
            Campaign.trigger_event == event, Campaign.deleted_at.is_(None), status_sql(now) == ACTIVE
        )
        campaigns = session.scalars(listening.order_by(Campaign.id)).all()
        return [result for campaign_id in campaigns for result in self.trigger(campaign_id, items, actor=actor)]

    def send_test(self, campaign_id: int, item: TriggerItem, *, actor: str) -> Result:
        """Send one message as a test, and return what became of it (testing.py)."""
        result = send_test(campaign_id, item)
        log.info("campaign tested", campaign=campaign_id, by=actor, status=result.status)
        return result


def _tried(campaign_id: int, items: Sequence[TriggerItem]) -> list[Result]:
    """Decide and write once; raise MovedError where something changed in between."""
    session = db.session()
    # Whatever was read before is forgotten.
    session.rollback()
    session.expire_all()
    deciding, asked = facts.deciding(session, campaign_id, utcnow()), _asked(session, items)
    known = records.existing(session, campaign_id, {_key(one) for one in asked})
    new = _first_of_each(asked, known)
    written = _written(Call(session, deciding, new)) if new else Written({}, {})
    return _answers(asked, {**known, **written.there}, written.made)


def _written(call: Call) -> Written:
    with writing() as session:
        return call.write(session)


def _held(campaign_id: int, items: Sequence[TriggerItem]) -> list[Result]:
    """Decide and write while the campaign and the customers are held: for a few, sooner done than looking twice."""
    while True:
        try:
            with writing() as session:
                return _at_once(session, campaign_id, items)
        except NotReadError:
            choosing.read_model()


def _at_once(session: Session, campaign_id: int, items: Sequence[TriggerItem]) -> list[Result]:
    asked = _asked(session, items)
    book.lock(session, {customer for customer, _ in asked})
    known = records.existing(session, campaign_id, {_key(one) for one in asked})
    new = _first_of_each(asked, known)
    if not new:
        return _answers(asked, known, {})
    deciding = facts.deciding(session, campaign_id, utcnow(), held=True)
    made = Call(session, deciding, new).write_held(session, Held.of(deciding.campaign))
    return _answers(asked, known, made)


def _asked(session: Session, items: Sequence[TriggerItem]) -> list[tuple[str, TriggerItem]]:
    """Return the items, each with its customer as the contacts know them."""
    hashed = hasher(session)
    return [(hashed(item.customer_id), item) for item in items]


def _first_of_each(asked: Sequence[tuple[str, TriggerItem]], known: Collection[Key]) -> list[tuple[str, TriggerItem]]:
    """Return the items that nobody has answered yet; of two with one key the first."""
    met = set(known)
    found = []
    for one in asked:
        if _key(one) not in met:
            met.add(_key(one))
            found.append(one)
    return found


def _answers(
    asked: Sequence[tuple[str, TriggerItem]], known: Mapping[Key, Delivered], made: Mapping[Key, Delivered]
) -> list[Result]:
    """Return the result of each item: what was made for it now, once, or what was there."""
    told: set[Key] = set(known)
    results = []
    for one in asked:
        key = _key(one)
        results.append(Result(one[1], made.get(key) or known[key], repeated=key in told))
        told.add(key)
    return results


def _key(one: tuple[str, TriggerItem]) -> Key:
    customer, item = one
    return customer, item.key
