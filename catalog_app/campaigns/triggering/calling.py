"""One call of a trigger: decided and rendered before anybody has to wait, then written in one short transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.campaigns import watching
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.models import CONTROL, WAITING, Campaign
from catalog_app.campaigns.triggering import facts, records
from catalog_app.campaigns.triggering.deciding import Deciding, Decision
from catalog_app.campaigns.triggering.drafts import made
from catalog_app.campaigns.triggering.drawing import drawn, promised
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.owning import knowing_owned
from catalog_app.campaigns.triggering.records import Delivered, Key
from catalog_app.campaigns.triggering.reserving import Held, Reserve, held_campaign
from catalog_app.campaigns.triggering.wording import Message, NoMessageError, Wording, unsaid
from catalog_app.contacts import book
from catalog_app.contacts.book import NewContact
from catalog_app.contacts.history import History
from catalog_app.contacts.policy import policy_of
from catalog_app.core.bulk_sql import next_ids
from catalog_app.products.models import Product


class MovedError(Exception):
    """The campaign, one of its products or the policy changed since the call was decided."""


@dataclass(frozen=True, slots=True)
class Written:
    """The deliveries that a call made, and those that were there when it came to write, by key."""

    made: Mapping[Key, Delivered]
    there: Mapping[Key, Delivered]


@dataclass(frozen=True, slots=True)
class Draft:
    """An item with what was decided on it, what it was decided on, and what would be said."""

    item: TriggerItem
    customer: str
    history: History
    decision: Decision
    message: Message | None

    @property
    def key(self) -> Key:
        return self.customer, self.item.key


class Call:
    """The items of one campaign that were not answered before, each with its draft."""

    def __init__(self, session: Session, deciding: Deciding, asked: Sequence[tuple[str, TriggerItem]]) -> None:
        self._deciding = deciding
        self._wording = Wording(deciding)
        self._past = facts.past_of(session, deciding, {customer for customer, _ in asked})
        items = knowing_owned(session, deciding.offering, [item for _, item in asked])
        self._drafts = [
            self._draft(item, customer, self._past[customer]) for (customer, _), item in zip(asked, items, strict=True)
        ]

    def write(self, session: Session) -> Written:
        """Write what was decided and return the deliveries, those that somebody else made meanwhile apart.

        What can have moved is looked at again while it is held. Raises MovedError where everything has to be decided
        anew.
        """
        book.lock(session, {draft.customer for draft in self._drafts})
        held = self._held(session)
        there = records.existing(session, self.campaign.id, [draft.key for draft in self._drafts])
        self._drafts = [draft for draft in self._drafts if draft.key not in there]
        if self._drafts:
            self._past = facts.past_of(session, self._deciding, {draft.customer for draft in self._drafts})
        return Written(self.write_held(session, held), there)

    def write_held(self, session: Session, held: Held) -> dict[Key, Delivered]:
        """Write what was decided on what the transaction holds since, and return the deliveries."""
        writer = _Writer(self, session, held, self._drafts)
        for draft in self._drafts:
            writer.take(draft, self._past)
        self._note_withdrawal(session)
        return writer.close()

    def _held(self, session: Session) -> Held:
        """Hold the campaign and see that all is as it was when the call was decided."""
        deciding = self._deciding
        held = held_campaign(session, deciding.campaign.id)
        versions = deciding.offering.versions
        standing = session.execute(select(Product.id, Product.version).where(Product.id.in_(versions)))
        if held is None or held.version != deciding.campaign.version:
            raise MovedError
        if {row.id: row.version for row in standing} != versions or policy_of(session) != deciding.policy:
            raise MovedError
        return held

    def _note_withdrawal(self, session: Session) -> None:
        """Let the campaign be told that its product is gone, where nobody has noticed yet."""
        campaign, followed = self._deciding.campaign, self._deciding.offering.withdrawal
        if followed is not None and campaign.withdrawn_at is None and not self._deciding.standing:
            found = session.get_one(Campaign, campaign.id, populate_existing=True)
            watching.note_withdrawal(session, found, followed.because, self._deciding.now)

    def _draft(self, item: TriggerItem, customer: str, history: History) -> Draft:
        decision = self._deciding.decide(item, customer, history)
        if decision.status != WAITING:
            return Draft(item, customer, history, decision, None)
        try:
            return Draft(item, customer, history, decision, self._wording.message(item, decision))
        except (TemplateError, NoMessageError) as error:
            return Draft(item, customer, history, unsaid(decision, error), None)

    def again(self, draft: Draft, history: History) -> Draft:
        """Return the draft of an item whose customer has another past than it had when it was decided."""
        return draft if history == draft.history else self.decided(draft, history)

    def decided(self, draft: Draft, history: History) -> Draft:
        """Return the draft of the same item, decided anew."""
        return self._draft(draft.item, draft.customer, history)

    def goes_on_without(self, product_id: int) -> bool:
        """Offer a product whose quota is used up to nobody any more, where there are others; return whether there are."""
        offering = self._deciding.offering.without(product_id)
        if offering.terms:
            self._deciding = replace(self._deciding, offering=offering)
        return bool(offering.terms)

    @property
    def campaign(self) -> Campaign:
        return self._deciding.campaign

    @property
    def limited(self) -> frozenset[int]:
        """The products that have a quota."""
        seen = self._deciding.offering.seen
        return frozenset(number for number, product in seen.items() if product.quota_left is not None)

    @property
    def now(self) -> datetime:
        return self._deciding.now


class _Writer:
    """Makes the deliveries of a call, one after another: what one customer was promised counts for their next item."""

    def __init__(self, call: Call, session: Session, held: Held, drafts: Sequence[Draft]) -> None:
        self._call, self._session = call, session
        wanted = Counter(number for draft in drafts if (number := promised(draft.decision)) is not None)
        self._reserve = Reserve(session, held, wanted, limited=call.limited)
        self._numbers = iter(next_ids(session.connection(), records.DELIVERY, len(drafts)))
        self._met: dict[str, History] = {}
        self._deliveries: list[Delivered] = []
        self._contacts: list[NewContact] = []

    def take(self, draft: Draft, past: Mapping[str, History]) -> None:
        """Make the delivery of an item."""
        history = self._met.get(draft.customer) or past[draft.customer]
        draft = self._call.again(draft, history)
        while (number := self._used_up(draft)) is not None and self._call.goes_on_without(number):
            draft = self._call.decided(draft, history)
        decision = drawn(self._reserve, draft.decision)
        delivery = made(
            next(self._numbers),
            self._call.campaign,
            draft.item,
            draft.customer,
            decision,
            draft.message,
            self._call.now,
        )
        self._deliveries.append(delivery)
        if decision.status == CONTROL:
            self._met[draft.customer] = facts.with_offer(history, self._call.now)
        elif decision.status == WAITING:
            self._met[draft.customer] = self._contacted(history, delivery)

    def _used_up(self, draft: Draft) -> int | None:
        """Return the product that a draft promises and of which nothing is left; None where it can be promised."""
        number = promised(draft.decision)
        return number if number is not None and self._reserve.is_used_up(number) else None

    def close(self) -> dict[Key, Delivered]:
        """Write everything."""
        connection = self._session.connection()
        self._reserve.close()
        records.insert(connection, self._deliveries)
        book.record(self._session, self._contacts)
        return {(delivery["customer"], delivery["key"]): delivery for delivery in self._deliveries}

    def _contacted(self, history: History, delivery: Delivered) -> History:
        customer, number, channel = delivery["customer"], delivery["product_id"], delivery["channel"]
        at = delivery["next_at"]
        campaign_id = self._call.campaign.id
        self._contacts.append(NewContact(customer, number, channel, at, campaign_id, delivery["id"]))
        return facts.with_contact(history, number, channel, at)
