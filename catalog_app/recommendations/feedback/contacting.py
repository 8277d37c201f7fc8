"""Offers that were made and answered elsewhere, as contacts: limits, cool-downs and a no hold for campaigns too."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from catalog_app.contacts import book
from catalog_app.contacts.book import Answer, NewContact, OfferAnswer
from catalog_app.contacts.models import ANSWERS, NO_CHANNEL
from catalog_app.core.wiring import settings
from catalog_app.recommendations.feedback.attribution import Attribution
from catalog_app.recommendations.feedback.events import Told
from catalog_app.recommendations.models import SHOWN
from catalog_app.recommendations.settings import attribution_days

Offer = tuple[str, Told, Attribution]
"""Of one event: the customer (a hash), what was told, and what it answers."""


def keep_contacts(session: Session, offers: Sequence[Offer], *, now: datetime) -> None:
    """Write down which offers were made, and what was answered, inside the caller's transaction.

    A delivery is a contact already, and whoever made it notes the answer. What is older than contacts are kept is left
    out. An answer to an offer that nobody has told of is a contact of its own: the offer was made, or there would be
    no answer.
    """
    kept_since = now - timedelta(days=settings().contact_retention_days)
    told = [one for one in offers if one[1].delivery_id is None and one[1].at > kept_since]
    book.record(session, [_contact(*one) for one in told if one[1].event == SHOWN])
    answers = [_answer(one) for one in told if one[1].event in ANSWERS]
    if answers:
        book.answer_offers(session, answers, within=timedelta(days=attribution_days(session)))


def _contact(customer: str, told: Told, of: Attribution) -> NewContact:
    return NewContact(customer, told.product_id, told.channel or of.channel or NO_CHANNEL, told.at)


def _answer(offer: Offer) -> OfferAnswer:
    return OfferAnswer(_contact(*offer), Answer(offer[1].event, offer[1].at))
