"""What happens when a campaign is activated, paused, ended, copied or deleted: spelled out before anybody says yes."""

from collections.abc import Iterator

from flask_babel import format_date, gettext, ngettext
from sqlalchemy.orm import Session

from catalog_app.accounts.names import person_name
from catalog_app.campaigns.changes import products_of
from catalog_app.campaigns.forms_words import POLICIES, SENDERS
from catalog_app.campaigns.messages.promise import promise_of
from catalog_app.campaigns.models import PAUSED, Campaign
from catalog_app.campaigns.outstanding import Outstanding, outstanding
from catalog_app.campaigns.views.languages import language_name
from catalog_app.contacts.policy import policy_of
from catalog_app.core.babel import listed
from catalog_app.core.clock import utcnow
from catalog_app.core.moments import figure
from catalog_app.products.choices import choices
from catalog_app.products.formatting import day_and_time, money, number
from catalog_app.products.labels import term
from catalog_app.products.models import Product


def consequences(session: Session, campaign: Campaign, move: str) -> list[str]:
    """Return what the move causes, a sentence each."""
    if move in {"activate", "resume"}:
        return list(_of_running(campaign))
    if move == "copy":
        return [
            gettext("The copy is a draft and yours. It says the same, and begins at no time."),
        ]
    if move == "delete":
        return [gettext("It leaves the list. What it delivered, and what customers were promised, stays on record.")]
    left = outstanding(session, campaign.id)
    return list(_of_pausing(left) if move == "pause" else _of_ending(campaign, left))


def facts_before(session: Session, campaign: Campaign) -> list[tuple[str, str]]:
    """Return what is approved with a campaign that is going to run: its facts in pairs."""
    return list(_facts(session, campaign))


def _of_running(campaign: Campaign) -> Iterator[str]:
    now = utcnow()
    if campaign.starts_at is not None and campaign.starts_at > now:
        yield gettext(
            "It waits until %(when)s, and answers triggers from then on.", when=day_and_time(campaign.starts_at)
        )
    elif campaign.trigger_event:
        yield gettext("From now on it answers every trigger of %(event)s.", event=campaign.trigger_event)
    else:
        yield gettext("From now on it answers what the campaign engine triggers by its number.")
    if campaign.ends_at is not None:
        yield gettext("It ends by itself at %(when)s.", when=day_and_time(campaign.ends_at))
    yield gettext("Its offer, words and audience stand as they are until it is paused.")


def _of_pausing(left: Outstanding) -> Iterator[str]:
    yield gettext("No trigger is answered until it is resumed. It can be changed meanwhile.")
    if left.waiting:
        yield ngettext(
            "%(count)s message that was promised waits until then.",
            "%(count)s messages that were promised wait until then.",
            left.waiting,
            count=figure(left.waiting),
        )


def _of_ending(campaign: Campaign, left: Outstanding) -> Iterator[str]:
    yield gettext("No trigger is answered any more, and it cannot be resumed. Its results stay.")
    given_up = left.held + (left.waiting if campaign.status == PAUSED else 0)
    if left.waiting and campaign.status != PAUSED:
        yield ngettext(
            "%(count)s message that was promised is still handed over.",
            "%(count)s messages that were promised are still handed over.",
            left.waiting,
            count=figure(left.waiting),
        )
    if given_up:
        yield ngettext(
            "%(count)s message that waits is given up.",
            "%(count)s messages that wait are given up.",
            given_up,
            count=figure(given_up),
        )


def _offer(session: Session, campaign: Campaign, product: Product) -> Iterator[tuple[str, str]]:
    """Yield what is promised of a product: its price beside the catalogue's, and how long it holds."""
    zone = policy_of(session).time_zone
    promise = promise_of(product, campaign.product_config, language=campaign.fallback_language, now=utcnow(), zone=zone)
    price, usual = (
        money(amount, promise.amounts.currency) if amount is not None else ""
        for amount in (promise.amounts.price, promise.amounts.catalogue_price)
    )
    if price:
        told = gettext("Catalog: %(price)s", price=usual) if usual and usual != price else ""
        yield gettext("Price"), f"{price} ({told})" if told else price
    if promise.last_day is not None:
        yield gettext("Offer holds until"), format_date(promise.last_day, "d MMM yyyy")


def _spoken(campaign: Campaign, channel: str) -> str:
    """Return a channel with the languages that it has words in, the fallback first: "SMS (English, Arabic)"."""
    spoken = sorted(
        campaign.messages.get(channel, ()), key=lambda language: (language != campaign.fallback_language, language)
    )
    languages = [language_name(language) for language in spoken]
    return f"{term(channel)} ({', '.join(languages)})" if languages else term(channel)


def _facts(session: Session, campaign: Campaign) -> Iterator[tuple[str, str]]:
    products = products_of(session, campaign)
    names = [f"{product.name} #{product.id}" for product in products.values()]
    yield (gettext("Candidates") if campaign.use_nbo else gettext("Product")), listed(names)
    if not campaign.use_nbo:
        for product in products.values():
            yield from _offer(session, campaign, product)
    yield gettext("If it is withdrawn"), str(POLICIES[campaign.on_withdrawal])
    labels = choices().segments
    meant = [labels.get(key, key) for key in campaign.audience.get("segments", ())]
    yield gettext("Segments"), listed(meant) if meant else gettext("Everybody")
    yield gettext("Channels"), listed(_spoken(campaign, channel) for channel in campaign.channels)
    yield gettext("Handed over by"), str(SENDERS[campaign.sender])
    yield gettext("Held out"), f"{number(campaign.control_group_percent)} %"
    most = campaign.limit_per_customer
    yield (
        gettext("Per customer"),
        ngettext("%(num)d message", "%(num)d messages", most) if most else gettext("any number of messages"),
    )
    yield gettext("Owner"), person_name(campaign.owner)
