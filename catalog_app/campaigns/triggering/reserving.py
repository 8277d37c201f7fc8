"""What promises cost: the campaign's total limit and the quota of products, taken and given back in one transaction."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Integer, Table, bindparam, select, update
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import Campaign
from catalog_app.core.db import Base
from catalog_app.products import quota

CAMPAIGN: Table = Base.metadata.tables[Campaign.__tablename__]


@dataclass(frozen=True, slots=True)
class Held:
    """A campaign that is held until the transaction ends; `room` is how many promises it may still make, if limited."""

    id: int
    version: int
    room: int | None

    @classmethod
    def of(cls, campaign: Campaign) -> "Held":
        """Return a campaign that was read while it was held."""
        return cls(campaign.id, campaign.version, _room(campaign.limit_total, campaign.promised))


def held_campaign(session: Session, campaign_id: int) -> Held | None:
    """Hold a campaign; None where it was deleted."""
    row = session.execute(_HOLD, {"number": campaign_id}).one_or_none()
    if row is None:
        return None
    version, limit, promised = row
    return Held(campaign_id, version, _room(limit, promised))


def _room(limit: int | None, promised: int) -> int | None:
    return None if limit is None else max(0, limit - promised)


class Reserve:
    """What promises of one campaign draw from. What is left over is given back at the end.

    `wanted` says how many promises of each product there will be, about; `limited` are the products that have a quota.
    """

    def __init__(self, session: Session, held: Held, wanted: Mapping[int, int], *, limited: Collection[int]) -> None:
        self._session, self._held, self._limited = session, held, frozenset(limited)
        self._promised = 0
        if len(self._limited) > 1:
            quota.hold(session, self._limited)
        self._left = Counter({number: quota.take(session, number, wanted[number]) for number in self._of(wanted)})
        self._used_up = {number for number in self._left if self._left[number] < wanted[number]}

    def refusal(self, product_id: int) -> str | None:
        """Return what there is nothing left of for one more promise: "quota" or "total_limit"; None where there is."""
        if self.is_used_up(product_id):
            return "quota"
        return "total_limit" if self._held.room is not None and self._promised >= self._held.room else None

    def is_used_up(self, product_id: int) -> bool:
        """Return whether nothing is left of a product's quota."""
        return product_id in self._limited and not self._has(product_id)

    def draw(self, product_id: int) -> None:
        """Use what one promise takes."""
        if product_id in self._limited:
            self._left[product_id] -= 1
        self._promised += 1

    def close(self) -> None:
        """Give back what nobody used, and count the promises."""
        for number in self._of(self._left):
            quota.give_back(self._session, number, self._left[number])
        count_promises(self._session, self._held.id, self._promised)

    def _of(self, products: Collection[int]) -> list[int]:
        return sorted(number for number in products if number in self._limited)

    def _has(self, product_id: int) -> bool:
        """Return whether there is one of a product, taking one where nobody thought of it before."""
        if self._left[product_id] <= 0 and product_id not in self._used_up:
            taken = quota.take(self._session, product_id, 1)
            self._left[product_id] += taken
            if not taken:
                self._used_up.add(product_id)
        return self._left[product_id] > 0


def count_promises(session: Session, campaign_id: int, more: int) -> None:
    """Move the count of a campaign's promises. Its condition is the table's own: never beyond the limit."""
    if more:
        session.connection().execute(_COUNT, {"number": campaign_id, "more": more})


_COUNT: Final = (
    update(CAMPAIGN)
    .where(CAMPAIGN.c.id == bindparam("number"))
    .values(promised=CAMPAIGN.c.promised + bindparam("more", type_=Integer()))
)
_HOLD: Final = (
    select(CAMPAIGN.c.version, CAMPAIGN.c.limit_total, CAMPAIGN.c.promised)
    .where(CAMPAIGN.c.id == bindparam("number"), CAMPAIGN.c.deleted_at.is_(None))
    .with_for_update()
)
