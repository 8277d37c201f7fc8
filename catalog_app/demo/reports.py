"""What the campaign engine of the demo reports: customers who did something, messages that went out, and answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import bindparam, update

from catalog_app.campaigns.models import CONTROL, HELD, WAITING, Delivery
from catalog_app.campaigns.senders.acknowledging import AckItem, Acknowledgement, acknowledge
from catalog_app.campaigns.senders.leasing import lease
from catalog_app.campaigns.triggering import feedback
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.results import Result
from catalog_app.campaigns.triggering.service import TriggerService
from catalog_app.contacts.models import Contact
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing

ENGINE: Final = "token:Offer engine"
DAYS_BACK: Final = 20
AT_ONCE: Final = 1000
NOT_YET_SENT: Final = 4
"""So many of each campaign still wait for the engine, so that its outbox is not empty."""
DELIVERED, CLICKED, DECLINED = 0.97, 0.34, 0.07
LEASED_FOR: Final = 300
TOOK: Final = timedelta(seconds=40)
OUTBOX: Final = "outbox"


@dataclass(frozen=True)
class Crowd:
    """Customers who come by: how many, what is known of them, and at which rates they accept, told and held out."""

    name: str
    size: int
    seed: int
    control_rate: float
    target_rate: float
    features: Mapping[str, Any]
    segments: Sequence[str]
    values: tuple[int, int]
    usual_segment: int = 3
    begins: int = 0

    def later(self) -> "Crowd":
        """Return a few more of the same kind, who come afterwards."""
        return replace(self, begins=self.size, size=12, seed=self.seed + 100)

    def items(self, chance: Random) -> Iterator[TriggerItem]:
        """Yield what the engine reports of each."""
        for number in range(self.begins, self.begins + self.size):
            # The first segment is the usual one; the others come now and then.
            segment = self.segments[0] if chance.randrange(self.usual_segment) else chance.choice(list(self.segments))
            told = {
                **self.features,
                "segments": [segment],
                "customer_value": str(chance.randint(*self.values)),
                "tenure_months": chance.randint(3, 90),
            }
            yield TriggerItem.of(
                {
                    "key": f"{self.name}-{number}",
                    "customer_id": f"{self.name}-{chance.randrange(10**9):09}",
                    "customer_features": told,
                    "language": chance.choice(("ar", "ar", "en")),
                }
            )


def report(campaign_id: int, crowd: Crowd) -> None:
    """Let a crowd come by, spread over the last weeks; hand over what was promised, and tell what was answered."""
    chance = Random(crowd.seed)  # noqa: S311  # every demo looks alike
    results = TriggerService().trigger(campaign_id, list(crowd.items(chance)), actor=ENGINE)
    sent = _hand_over(campaign_id)
    settled = [result for result in results if result.status not in (WAITING, HELD) or _number(result) in sent]
    made = _earlier(settled, chance)
    _answer(settled, made, crowd, chance)


def _number(result: Result) -> int:
    return int(result.delivery["id"])


def _hand_over(campaign_id: int) -> set[int]:
    """Be the campaign engine: lease what is due, and acknowledge all of it but a few; return what was."""
    now = utcnow()
    leased = lease(now, sender=OUTBOX, limit=AT_ONCE, seconds=LEASED_FOR, campaign_id=campaign_id)
    sent = {parcel.delivery_id for parcel in leased.parcels[NOT_YET_SENT:]}
    if sent:
        items = [AckItem(delivery_id=number, status="sent") for number in sorted(sent)]
        acknowledge(Acknowledgement(lease=leased.token, items=items), now)
    return sent


def _earlier(settled: Sequence[Result], chance: Random) -> dict[int, datetime]:
    """Move what is settled into the last weeks, and return when each was made."""
    now = utcnow()
    numbers = sorted(map(_number, settled))
    moments = dict(zip(numbers, sorted(_moment(now, chance) for _ in numbers), strict=True))
    rows = [{"number": number, "at": at, "ended": at + TOOK} for number, at in moments.items()]
    delivery, contact = (model.metadata.tables[model.__tablename__] for model in (Delivery, Contact))
    moved = update(delivery).where(delivery.c.id == bindparam("number"))
    told = update(contact).where(contact.c.delivery_id == bindparam("number")).values(at=bindparam("at"))
    if rows:
        with writing() as session:
            session.connection().execute(moved.values(created_at=bindparam("at"), ended_at=bindparam("ended")), rows)
            session.connection().execute(told, rows)
    return moments


def _moment(now: datetime, chance: Random) -> datetime:
    """Return a moment of the last weeks, in the hours in which people are awake."""
    day = (now - timedelta(days=chance.randint(1, DAYS_BACK))).replace(hour=6, minute=0, second=0, microsecond=0)
    return day + timedelta(minutes=chance.randrange(14 * 60))


def _answer(results: Sequence[Result], made: Mapping[int, datetime], crowd: Crowd, chance: Random) -> None:
    told = [event for result in results for event in _events(result, made, crowd, chance)]
    for begin in range(0, len(told), AT_ONCE):
        feedback.tell(told[begin : begin + AT_ONCE])


def _events(
    result: Result, made: Mapping[int, datetime], crowd: Crowd, chance: Random
) -> Iterator[feedback.EventInput]:
    """Yield what one customer did: those held out accept of their own accord."""
    number, status = _number(result), result.status
    if status not in (CONTROL, WAITING):
        return
    rolled = chance.random()
    if status == WAITING:
        if chance.random() < DELIVERED:
            yield _event(number, "delivered", made[number], minutes=2)
        if chance.random() < CLICKED:
            yield _event(number, "clicked", made[number], minutes=chance.randint(5, 300))
    if rolled < (crowd.control_rate if status == CONTROL else crowd.target_rate):
        yield _event(number, "accepted", made[number], minutes=chance.randint(20, 900))
    elif status == WAITING and rolled > 1 - DECLINED:
        yield _event(number, "declined", made[number], minutes=chance.randint(20, 900))


def _event(number: int, event: str, made: datetime, *, minutes: int) -> feedback.EventInput:
    at = made + timedelta(minutes=minutes)
    return feedback.EventInput.model_validate(
        {"delivery_id": number, "event": event, "occurred_at": at.isoformat(timespec="seconds")}
    )
