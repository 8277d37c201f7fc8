"""What a message promises: the product as it is now, at the price and on the terms of the campaign."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from catalog_app.campaigns.messages import figures
from catalog_app.campaigns.messages.amounts import Amounts, Priced, amounts_of
from catalog_app.campaigns.messages.fallback import closest
from catalog_app.campaigns.messages.figures import zone_of
from catalog_app.core.json_values import as_json


class OfferedProduct(Priced, Protocol):
    """What a promise reads of a product; the model satisfies it, and so does any record with these fields."""

    @property
    def id(self) -> int: ...
    @property
    def external_system(self) -> str: ...
    @property
    def external_product_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def short_name(self) -> str | None: ...
    @property
    def description(self) -> str | None: ...
    @property
    def translations(self) -> Mapping[str, Any]: ...
    @property
    def product_type(self) -> str: ...
    @property
    def category(self) -> str | None: ...
    @property
    def billing_cycle(self) -> str: ...
    @property
    def features(self) -> Mapping[str, Any]: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...
    @property
    def points_price(self) -> int | None: ...
    @property
    def valid_to(self) -> datetime | None: ...
    @property
    def version(self) -> int: ...


@dataclass(frozen=True)
class Promise:
    """One offer in one language. It is made once for a whole batch; nothing in it belongs to a customer."""

    product: OfferedProduct
    config: Mapping[str, Any]
    language: str
    zone: str
    at: datetime
    amounts: Amounts
    valid_to: datetime | None
    campaign_version: int | None = None
    successor_of: int | None = None

    @property
    def name(self) -> str:
        return self._text("name") or self.product.name

    @property
    def short_name(self) -> str | None:
        return self._text("short_name")

    @property
    def description(self) -> str | None:
        return self._text("description")

    @property
    def price_formatted(self) -> str | None:
        return self.formatted(self.amounts.price, self.amounts.currency)

    @property
    def last_day(self) -> date | None:
        """The last day on which the offer holds: its end is the first moment on which it does not."""
        return last_day(self.valid_to, self.zone)

    def formatted(self, amount: Decimal | None, currency: str | None) -> str | None:
        """Return an amount as this reader writes it; None where it is none, or has no currency."""
        return None if amount is None or not currency else figures.money(amount, currency, self.language)

    def snapshot(self) -> dict[str, Any]:
        """Return what is promised, as it is kept with the delivery for good: plain JSON, amounts as text."""
        product, amounts = self.product, self.amounts
        told = {
            "product": {
                "id": product.id,
                "name": self.name,
                "short_name": self.short_name,
                "external_system": product.external_system,
                "external_product_id": product.external_product_id,
                "version": product.version,
            },
            "price": as_json(amounts.price),
            "currency": amounts.currency,
            "price_formatted": self.price_formatted,
            "catalogue_price": as_json(amounts.catalogue_price),
            "discount_percent": as_json(amounts.discount_percent),
            **{key: self.config.get(key) for key in ("bonus", "headline", "terms")},
            "valid_to": as_json(self.valid_to),
            "features": dict(product.features),
            "billing_cycle": product.billing_cycle,
            "at": as_json(self.at),
            "campaign_version": self.campaign_version,
        }
        return told if self.successor_of is None else {**told, "successor_of": self.successor_of}

    def _text(self, field: str) -> str | None:
        translated: str | None = self._translation.get(field)
        own: str | None = getattr(self.product, field)
        return translated or own

    @cached_property
    def _translation(self) -> Mapping[str, Any]:
        found = closest(self.language, self.product.translations)
        return self.product.translations[found] if found else {}


def promise_of(  # each is a fact of its own
    product: OfferedProduct,
    config: Mapping[str, Any],
    *,
    language: str,
    now: datetime,
    zone: str = "UTC",
    campaign_version: int | None = None,
    successor_of: int | None = None,
) -> Promise:
    """Return what a campaign with this configuration promises of the product at this moment.

    It ends with the offer or with the product, whichever is first. `zone` is where its days begin.
    """
    return Promise(
        product=product,
        config=config,
        language=language,
        zone=zone,
        at=now,
        amounts=amounts_of(product, config),
        valid_to=ends_at(product, config, zone),
        campaign_version=campaign_version,
        successor_of=successor_of,
    )


def ends_at(product: OfferedProduct, config: Mapping[str, Any], zone: str) -> datetime | None:
    """Return the first moment after an offer: its own end or that of its product, whichever is first."""
    ends = (end_of(config.get("valid_to"), zone), product.valid_to)
    return min((end for end in ends if end is not None), default=None)


def end_of(value: Any, zone: str) -> datetime | None:
    """Return the first moment after an offer that is valid to here: a day is valid to its end."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= len("2026-12-31"):
        value = date.fromisoformat(value)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone_of(zone))
    after: date = value + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=zone_of(zone))


def last_day(end: datetime | None, zone: str) -> date | None:
    """Return the last day before this moment, where the zone's days begin."""
    return None if end is None else (end.astimezone(zone_of(zone)) - timedelta(microseconds=1)).date()
