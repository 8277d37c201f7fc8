"""What the contacts know of customers, for many at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, case, false, func, or_, select, text, true
from sqlalchemy.orm import Session

from catalog_app.contacts.models import ACCEPTED, DECLINED, Contact, ContactChoice
from catalog_app.contacts.policy import Policy
from catalog_app.core.bulk_sql import json_text
from catalog_app.core.json_sql import is_among_sent
from catalog_app.core.reader import Reader, moment_of
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.reads.statements import Compiled, compiled

_contact: Final = Contact.metadata.tables[Contact.__tablename__].c
_choice: Final = ContactChoice.metadata.tables[ContactChoice.__tablename__].c


@dataclass(frozen=True, slots=True)
class Choice:
    """What a customer chose for a channel, and when they said it."""

    choice: str
    at: datetime


@dataclass(frozen=True)
class History:
    """One customer's past, as far as a decision asks for it.

    `times_taken` (accepted), `last_offered` and `last_declined` are by product id. `recent` are the contacts that caps
    may count, newest first, also those that lie ahead because they wait for the morning. `choices` are by channel,
    "*" for every one.
    """

    times_taken: Mapping[int, int] = field(default_factory=dict)
    last_offered: Mapping[int, datetime] = field(default_factory=dict)
    last_declined: Mapping[int, datetime] = field(default_factory=dict)
    recent: tuple[tuple[str, datetime], ...] = ()
    in_campaign: int = 0
    last_in_campaign: datetime | None = None
    choices: Mapping[str, Choice] = field(default_factory=dict)

    def applied_to(self, customer: CustomerFeatures) -> CustomerFeatures:
        """Return the customer with what is known here, so that a verdict can check the product's limit and cool-down.

        What the caller told is kept where it says more: it may know of offers that were made elsewhere.
        """
        return customer.with_contacts(
            times_taken=_larger(customer.times_taken or {}, self.times_taken),
            last_offered=_larger(customer.last_offered or {}, self.last_offered),
        )


def _larger(told: Mapping[int, Any], known: Mapping[int, Any]) -> dict[int, Any]:
    return {**told, **{number: max(told.get(number, value), value) for number, value in known.items()}}


def histories(
    session: Session,
    keys: Collection[str],
    *,
    product_ids: Collection[int] | None,
    campaign_id: int | None,
    policy: Policy,
    now: datetime,
) -> dict[str, History]:
    """Return the history of each of these customers (hashes), whether anything is known of them or not.

    Of products only those named are told, all for None; of campaigns only the one. Three queries, however many
    customers there are.
    """
    found = {key: _Draft() for key in keys}
    wanted = json_text(list(found))
    named = None if product_ids is None else frozenset(product_ids)
    asked = {"keys": wanted, "campaign": campaign_id, "products": sorted(named or ())}
    offers_of = _offers(every_product=named is None, has_campaign=campaign_id is not None)
    for row in session.execute(offers_of, asked):
        offers = _Offers(*row)
        draft = found[offers.customer]
        if named is None or offers.product_id in named:
            draft.add_offers(offers)
        if offers.is_of_campaign:
            draft.add_to_campaign(offers)
    for key, channel, at in session.execute(_RECENT, {"keys": wanted, "since": now - policy.reach}):
        found[key].recent.append((channel, at))
    for key, choices in choices_of(session, found).items():
        found[key].choices = choices
    return {key: draft.finished() for key, draft in found.items()}


def history_read(reader: Reader, customer: str, *, policy: Policy, now: datetime) -> History:
    """Return the history of one customer (a hash), with every product and no campaign, read past the ORM."""
    draft, of_this = _Draft(), {"keys": json_text([customer]), "since": reader.stored(now - policy.reach)}
    offers, recent, chosen = _statements(is_postgresql=reader.is_postgresql)
    for key, product_id, is_of_campaign, last, count, taken, declined in offers.rows(reader, of_this):
        ended = None if declined is None else moment_of(declined)
        draft.add_offers(_Offers(key, product_id, is_of_campaign, moment_of(last), count, taken, ended))
    # No cap looks back where there is none.
    if policy.caps:
        draft.recent = [(channel, moment_of(at)) for _, channel, at in recent.rows(reader, of_this)]
    draft.choices = {channel: Choice(choice, moment_of(at)) for _, channel, choice, at in chosen.rows(reader, of_this)}
    return draft.finished()


def choices_of(session: Session, keys: Collection[str]) -> dict[str, dict[str, Choice]]:
    """Return what these customers (hashes) chose, by channel; who never chose is not in it. One query."""
    found: dict[str, dict[str, Choice]] = {}
    for key, channel, choice, at in session.execute(_CHOSEN, {"keys": json_text(list(keys))}):
        found.setdefault(key, {})[channel] = Choice(choice, at)
    return found


@dataclass(slots=True)
class _Draft:
    """A history while its rows come in."""

    times_taken: dict[int, int] = field(default_factory=dict)
    last_offered: dict[int, datetime] = field(default_factory=dict)
    last_declined: dict[int, datetime] = field(default_factory=dict)
    recent: list[tuple[str, datetime]] = field(default_factory=list)
    in_campaign: int = 0
    last_in_campaign: datetime | None = None
    choices: dict[str, Choice] = field(default_factory=dict)

    def add_offers(self, offers: "_Offers") -> None:
        number = offers.product_id
        self.last_offered[number] = _later(self.last_offered.get(number), offers.last)
        if offers.taken:
            self.times_taken[number] = self.times_taken.get(number, 0) + offers.taken
        if offers.declined is not None:
            self.last_declined[number] = _later(self.last_declined.get(number), offers.declined)

    def add_to_campaign(self, offers: "_Offers") -> None:
        self.in_campaign += offers.count
        self.last_in_campaign = _later(self.last_in_campaign, offers.last)

    def finished(self) -> History:
        return History(
            times_taken=self.times_taken,
            last_offered=self.last_offered,
            last_declined=self.last_declined,
            recent=tuple(self.recent),
            in_campaign=self.in_campaign,
            last_in_campaign=self.last_in_campaign,
            choices=self.choices,
        )


@dataclass(frozen=True, slots=True)
class _Offers:
    """The offers of one product to one customer, those of the one campaign apart from the others."""

    customer: str
    product_id: int
    is_of_campaign: int
    last: datetime
    count: int
    taken: int
    declined: datetime | None


@cache
def _offers(*, every_product: bool, has_campaign: bool) -> Select[Any]:
    """Return the statement of all offers that are asked about. It is kept: to make it costs ten times what it does."""
    of_campaign = _contact.campaign_id == bindparam("campaign") if has_campaign else false()
    of_product = true() if every_product else _contact.product_id.in_(bindparam("products", expanding=True))
    flag = _flag(of_campaign)
    declined = case((_contact.answer == DECLINED, _contact.answered_at))
    return (
        select(
            _contact.customer,
            _contact.product_id,
            flag,
            func.max(_contact.at),
            func.count(),
            func.sum(_flag(_contact.answer == ACCEPTED)),
            func.max(declined),
        )
        .where(is_among_sent(_contact.customer, "keys"), or_(of_product, of_campaign))
        # By its place: PostgreSQL would not see that the same question with other parameters is the same.
        .group_by(_contact.customer, _contact.product_id, text("3"))
    )


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


_RECENT: Final = (
    select(_contact.customer, _contact.channel, _contact.at)
    .where(is_among_sent(_contact.customer, "keys"), _contact.at > bindparam("since"))
    .order_by(_contact.at.desc(), _contact.id)
)
_CHOSEN: Final = select(_choice.customer, _choice.channel, _choice.choice, _choice.at).where(
    is_among_sent(_choice.customer, "keys")
)


@cache
def _statements(*, is_postgresql: bool) -> tuple[Compiled, Compiled, Compiled]:
    """Return the same statements in the words of the driver: the offers, the recent contacts, the choices."""
    offers = _offers(every_product=True, has_campaign=False)
    return (
        compiled(offers, ("keys",), is_postgresql=is_postgresql),
        compiled(_RECENT, ("keys", "since"), is_postgresql=is_postgresql),
        compiled(_CHOSEN, ("keys",), is_postgresql=is_postgresql),
    )
