"""What a template sees: plain data under four names, and nothing else of this service."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Protocol

from catalog_app.campaigns.messages import figures
from catalog_app.campaigns.messages.features import features_for
from catalog_app.campaigns.messages.plain import plain_group
from catalog_app.campaigns.messages.promise import Promise, last_day
from catalog_app.campaigns.messages.reader import Reader
from catalog_app.campaigns.messages.values import Shown, plain
from catalog_app.products.customers import CustomerFeatures

PRODUCT, CONFIG, CUSTOMER, CAMPAIGN = "product", "config", "customer", "campaign"
ROOTS: Final = (PRODUCT, CONFIG, CUSTOMER, CAMPAIGN)

PRODUCT_FIELDS: Final = (
    "name",
    "short_name",
    "description",
    "price_formatted",
    "price",
    "currency",
    "billing_cycle",
    "product_type",
    "category",
    "points_price",
    "valid_to",
    "valid_to_formatted",
    "id",
    "features",
    "attributes",
)
CONFIG_FIELDS: Final = (
    "price_formatted",
    "price",
    "currency",
    "discount_percent",
    "bonus",
    "headline",
    "valid_to",
    "valid_to_formatted",
    "terms",
)
CAMPAIGN_FIELDS: Final = ("name", "id", "language", "time_zone", "today")
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    PRODUCT: PRODUCT_FIELDS,
    CONFIG: CONFIG_FIELDS,
    CAMPAIGN: CAMPAIGN_FIELDS,
}
_ENGLISH: Final = "en"
GROUPS: Final = ("features", "attributes")
"""Fields of a product that are groups themselves, different for each product."""


class Named(Protocol):
    """What a template sees of a campaign besides its offer."""

    @property
    def name(self) -> str: ...


def context_of(promise: Promise, customer: CustomerFeatures, campaign: Named) -> dict[str, Any]:
    """Return what a template sees of this offer to this customer.

    What is not known has no entry at all: a template that places it is refused instead of saying nothing.
    """
    return with_customer(shared_context(promise, campaign), customer)


def shared_context(promise: Promise, campaign: Named) -> dict[str, Any]:
    """Return the part that is the same for every customer: made once for a batch."""
    return {
        PRODUCT: _product(promise),
        CONFIG: _config(promise),
        CAMPAIGN: plain_group(
            {
                "id": getattr(campaign, "id", None),
                "name": campaign.name,
                "language": promise.language,
                "time_zone": promise.zone,
                "today": str(last_day(promise.at, promise.zone)),
            }
        ),
        CUSTOMER: {},
    }


def with_customer(shared: Mapping[str, Any], customer: CustomerFeatures) -> dict[str, Any]:
    """Return the whole of it for one customer. `customer.segment` is the first of the segments."""
    facts = plain_group(customer.facts)
    segments = facts.get("segments")
    if segments:
        facts.setdefault("segment", segments[0])
    return {**shared, CUSTOMER: facts}


def reader_of(context: Mapping[str, Any]) -> Reader:
    """Return to whom a message with these values speaks."""
    campaign = context[CAMPAIGN]
    return Reader(campaign.get("language", _ENGLISH), campaign["time_zone"], context[CONFIG].get("currency"))


def _product(promise: Promise) -> dict[str, Any]:
    product, amounts = promise.product, promise.amounts
    fields = {
        "name": promise.name,
        "short_name": promise.short_name,
        "description": promise.description,
        "price": amounts.catalogue_price,
        "price_formatted": promise.formatted(amounts.catalogue_price, product.currency),
        "currency": product.currency,
        "billing_cycle": product.billing_cycle,
        "product_type": product.product_type,
        "category": product.category,
        "points_price": product.points_price,
        "id": product.id,
        **_end(last_day(product.valid_to, promise.zone), promise.language),
    }
    groups = {
        "features": features_for(product.features, promise.language),
        "attributes": plain_group(product.attributes),
    }
    return plain_group(fields) | groups


def _config(promise: Promise) -> dict[str, Any]:
    amounts, config = promise.amounts, promise.config
    return plain_group(
        {
            "price": amounts.price,
            "price_formatted": promise.price_formatted,
            "currency": amounts.currency,
            "discount_percent": _percent(amounts.discount_percent, promise.language),
            **{key: config.get(key) for key in ("bonus", "headline", "terms")},
            **_end(promise.last_day, promise.language),
        }
    )


def _end(day: Any, language: str) -> dict[str, Any]:
    return {} if day is None else {"valid_to": day.isoformat(), "valid_to_formatted": figures.day(day, language)}


def _percent(percent: Decimal | None, language: str) -> Shown | None:
    return None if percent is None else Shown.of(plain(percent), figures.number(percent, language))
