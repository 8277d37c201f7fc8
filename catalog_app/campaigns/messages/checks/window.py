"""Whether the product is on sale, and the offer holds, as long as the campaign goes on."""

from collections.abc import Iterator
from datetime import datetime

from catalog_app.campaigns import offering
from catalog_app.campaigns.messages import figures
from catalog_app.campaigns.messages.checks.asked import Asked, CheckedProduct
from catalog_app.campaigns.messages.figures import zone_of
from catalog_app.campaigns.messages.finding import ERROR, PASS, WARNING, Finding
from catalog_app.campaigns.messages.promise import end_of, last_day
from catalog_app.campaigns.offering import SOLD_OUT_OF_TIME, withdrawal_of
from catalog_app.core.errors import Keys, Sentence


def window(asked: Asked) -> Iterator[Finding]:
    """Yield when the product or the offer begins too late or ends too early; a pass where neither does."""
    product = asked.product
    if product is None:
        return
    found = [*_availability(product, asked.begins), *_sale(asked, product), *_offer(asked)]
    yield from found
    if not found:
        on_sale = Sentence("On sale for the whole campaign.")
        yield Finding(PASS, "on_sale", on_sale if asked.campaign.ends_at else Sentence("On sale without an end."))


def _availability(product: CheckedProduct, moment: datetime) -> Iterator[Finding]:
    """Yield what keeps the product from being offered to anybody at all, whatever its window says."""
    withdrawal = withdrawal_of(product, moment)
    if withdrawal is not None and withdrawal.because != SOLD_OUT_OF_TIME:
        yield Finding(ERROR, "not_on_sale", _why(withdrawal.because))
    if product.quota_left is not None and product.quota_left <= 0:
        yield Finding(WARNING, "quota", Sentence("The quota of the product is used up: everybody is refused."))


def _why(because: str) -> Sentence:
    match because:
        case offering.DELETED:
            return Sentence("The product was deleted.")
        case offering.MISSING:
            return Sentence("The product is missing at its source.")
        case offering.CONFLICT:
            return Sentence("The status of the product is in conflict: settle it first.")
        case offering.SWITCHED_OFF:
            return Sentence("The product is held back.")
        case _:
            return Sentence("The product is not on sale. Its status: %(status)s.", status=Keys(because, [because]))


def _sale(asked: Asked, product: CheckedProduct) -> Iterator[Finding]:
    begins, ends = asked.begins, asked.campaign.ends_at
    if product.valid_to is not None and product.valid_to <= begins:
        day = _last(product.valid_to, asked.zone)
        yield Finding(ERROR, "sale_over", Sentence("The product is sold until %(day)s only.", day=day))
    elif product.valid_to is not None and (ends is None or product.valid_to < ends):
        words = {"day": _last(product.valid_to, asked.zone)}
        yield Finding(
            WARNING, "sale_ends", Sentence("The product is sold until %(day)s; the campaign goes on.", **words)
        )
    if product.valid_from is None or product.valid_from <= begins:
        return
    words = {"day": _first(product.valid_from, asked.zone)}
    if ends is not None and product.valid_from >= ends:
        sentence = Sentence("The product is sold from %(day)s on, after the end of the campaign.", **words)
        yield Finding(ERROR, "sale_later", sentence)
    else:
        sentence = Sentence("The product is sold from %(day)s on: nobody is offered it before.", **words)
        yield Finding(WARNING, "sale_begins", sentence)


def _offer(asked: Asked) -> Iterator[Finding]:
    end, ends = end_of(asked.campaign.product_config.get("valid_to"), asked.zone), asked.campaign.ends_at
    if end is None:
        return
    words = {"day": _last(end, asked.zone)}
    if end <= asked.begins:
        yield Finding(ERROR, "offer_over", Sentence("The offer holds until %(day)s only.", **words))
    elif ends is None or end < ends:
        yield Finding(WARNING, "offer_ends", Sentence("The offer holds until %(day)s; the campaign goes on.", **words))


def _last(end: datetime, zone: str) -> str:
    day = last_day(end, zone)
    return figures.day(day, "en") if day else ""


def _first(start: datetime, zone: str) -> str:
    return figures.day(start.astimezone(zone_of(zone)).date(), "en")
