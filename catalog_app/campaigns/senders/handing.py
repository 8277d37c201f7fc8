"""Going to the other side: the messages of one campaign, handed over one after the other by a sender that pushes.

At least once: what was handed over is noted within a second, and a process that ends before that lets it be handed
over again, under the same id.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from traceback import extract_tb
from typing import Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from catalog_app.campaigns.models import HELD, LEASED, WAITING, Campaign, Delivery
from catalog_app.campaigns.senders import due, settling
from catalog_app.campaigns.senders.base import Hand, Handed, Result
from catalog_app.campaigns.senders.leasing import Lease, lease
from catalog_app.campaigns.senders.parcels import Parcel
from catalog_app.campaigns.senders.pausing import pause_gone
from catalog_app.campaigns.senders.registry import PUSHED, pusher_named
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers

log = structlog.get_logger()

JOB: Final = "hand over"
TURN: Final = 30.0
"""Seconds that one campaign is served before others get their turn."""
SHORT_TURN: Final = 5.0
"""The same in the queue of a process, where syncs and edits wait behind it; the next beat goes on."""
_BATCH: Final = 50
_HOLD_SECONDS: Final = 120
"""How long a lease of this process stands unless it is extended, which each note does."""
_NOTED_EVERY: Final = timedelta(seconds=1)
_ILL_FROM: Final = 10
"""How many messages in a row may fail before the other side counts as ill."""

Clock = Callable[[], datetime]
Stopping = Callable[[], bool]


def soon(campaign_ids: Collection[int]) -> None:
    """Have what these campaigns have just promised handed over, in a job of this process; call it after the commit.

    Does nothing for campaigns whose messages are fetched. What gets lost with the process is found by the next beat.
    """
    queues = providers(JobQueue)
    if not campaign_ids or not queues:
        return
    pushed = select(Campaign.id).where(Campaign.id.in_(campaign_ids), Campaign.sender.in_(PUSHED))
    for campaign_id in db.session().scalars(pushed.order_by(Campaign.id)):
        for queue in queues:
            queue.enqueue(JOB, campaign_id)


def change_sender(session: Session, campaign_id: int, sender: str) -> None:
    """Let what waits be handed over by another sender, inside the transaction that gives it to the campaign."""
    waiting = update(Delivery).where(
        Delivery.campaign_id == campaign_id, Delivery.status.in_((WAITING, LEASED, HELD)), Delivery.sender != sender
    )
    session.execute(waiting.values(sender=sender))


class HandOvers:
    """What is to be handed over, for whoever beats: jobs get lost with their process, rows do not."""

    name = JOB

    def waiting(self, now: datetime) -> Sequence[int]:
        return due.campaigns_due(db.session(), now, PUSHED)

    def work_on(self, row_id: int, *, stopping: Stopping) -> None:
        hand_over(row_id, stopping=stopping)


def hand_over(
    campaign_id: int, *, clock: Clock = utcnow, stopping: Stopping = lambda: False, seconds: float = TURN
) -> int:
    """Hand over what a campaign has due, and return how many messages were taken.

    Ends when nothing is left, when the other side cannot be reached, when the time is over or the process is
    stopping; the next beat goes on. Others may do the same at the same time: no message is given to two of them.
    """
    session = db.session()
    session.rollback()
    campaign = session.get(Campaign, campaign_id, options=[undefer(Campaign.sender_secret)], populate_existing=True)
    session.rollback()
    if campaign is None or campaign.sender not in PUSHED:
        return 0
    turn = _Turn(campaign, clock, lambda: stopping() or clock() >= ends)
    ends = clock() + timedelta(seconds=seconds)
    with pusher_named(campaign.sender).open(campaign) as hand:
        turn.work(hand)
    if turn.is_gone:
        pause_gone(campaign_id, clock())
    return turn.taken


def hand_over_for_a_moment(campaign_id: int) -> None:
    """Do the same as a job of a queue."""
    hand_over(campaign_id, seconds=SHORT_TURN)


class _Turn:
    """One turn of one campaign."""

    def __init__(self, campaign: Campaign, clock: Clock, is_over: Stopping) -> None:
        self.taken = 0
        self.is_gone = False
        self._campaign_id, self._version = campaign.id, campaign.version
        self._sender = campaign.sender
        self._is_changed = False
        self._clock = clock
        self._is_over = is_over
        self._failures = 0

    def work(self, hand: Hand) -> None:
        while not self._is_over():
            leased = lease(
                self._clock(),
                sender=self._sender,
                limit=_BATCH,
                seconds=_HOLD_SECONDS,
                campaign_id=self._campaign_id,
            )
            if not leased.parcels or not self._give(hand, leased):
                return

    def _give(self, hand: Hand, leased: Lease) -> bool:
        """Hand over what was leased; return whether to go on with more."""
        results: dict[int, Handed] = {}
        noted_at = self._clock()
        for parcel in leased.parcels:
            if self._is_over():
                return self._end(leased, results)
            handed = _handed(hand, parcel, self._clock())
            results[parcel.delivery_id] = handed
            self._count(parcel.delivery_id, handed)
            if self.is_gone or handed.result is Result.UNREACHABLE or self._failures >= _ILL_FROM:
                return self._end(leased, results)
            if self._clock() - noted_at >= _NOTED_EVERY:
                self._note(leased, results)
                results, noted_at = {}, self._clock()
                if self._is_changed:
                    return self._end(leased, results)
        self._note(leased, results)
        return not self._is_changed

    def _count(self, delivery_id: int, handed: Handed) -> None:
        if handed.result is Result.TAKEN:
            self.taken, self._failures = self.taken + 1, 0
            return
        log.info("message not taken", campaign=self._campaign_id, delivery=delivery_id, why=handed.error)
        self.is_gone = handed.result is Result.GONE
        # A message that is refused for what it is says nothing of the other side.
        self._failures += handed.result is not Result.REFUSED

    def _end(self, leased: Lease, results: dict[int, Handed]) -> bool:
        self._note(leased, results, is_last=True)
        return False

    def _note(self, leased: Lease, results: dict[int, Handed], *, is_last: bool = False) -> None:
        now = self._clock()
        with writing() as session:
            settled = settling.settle(session, leased.token, results, now)
            if is_last:
                settling.give_back(session, leased.token, now)
            else:
                settling.extend(session, leased.token, now + timedelta(seconds=_HOLD_SECONDS))
            # It may be paused by now, or lead elsewhere under another secret; the next turn reads it afresh.
            version = session.scalar(select(Campaign.version).where(Campaign.id == self._campaign_id))
            self._is_changed = version != self._version
        if lost := sum(one.code == "taken_over" for one in settled):
            log.warning("messages taken over", campaign=self._campaign_id, messages=lost)


def _handed(hand: Hand, parcel: Parcel, now: datetime) -> Handed:
    """Return what came of handing a message over, also where the sender itself fails over it: others wait behind it."""
    try:
        return hand.give(parcel, now)
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not hold up a whole campaign
        # The error itself may quote the message, and so its customer.
        name, where = type(error).__name__, extract_tb(error.__traceback__)[-1]
        log.error(  # noqa: TRY400  # the same
            "sender failed", campaign=parcel.campaign_id, delivery=parcel.delivery_id, error=name, at=f"{where.name}:{where.lineno}"
        )  # fmt: skip
        return Handed(Result.LATER, f"it could not be handed over ({name})")
