"""What the editor says of the product that is offered: one line, and what the catalogue says beside each field."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from catalog_app.campaigns.messages.features import gigabytes
from catalog_app.core.wiring import settings
from catalog_app.products.formatting import feature_text, money, number, since_day
from catalog_app.products.labels import feature_label, per_cycle
from catalog_app.products.models import Product
from catalog_app.products.references import references
from catalog_app.products.systems import systems
from catalog_app.products.terms import FEATURES, UNLIMITED

_MOST_FEATURES = 3
_DATA = "data_mb"
_MOST_MB = 1000
"""From here on data is told in gigabytes."""


@dataclass(frozen=True)
class ProductFacts:
    """The product in a line, and the hints below the fields of its offer."""

    mark: str = ""
    line: tuple[str, ...] = ()
    currency: str = ""
    price_hint: str | None = None
    end_hint: str | None = None
    successor: str | None = None


def facts_of(session: Session, product: Product | None, currency: str | None, now: datetime) -> ProductFacts:
    """Return what is said of a product; `currency` is the one that the offer names itself."""
    if product is None:
        return ProductFacts(currency=currency or settings().base_currency)
    system = systems().get(product.external_system)
    return ProductFacts(
        mark=(system.label if system else product.external_system)[:1].upper(),
        line=tuple(_line(product)),
        currency=currency or product.currency or settings().base_currency,
        price_hint=None if product.price is None else gettext("Catalog: %(price)s", price=_price(product)),
        end_hint=_end(product, now),
        successor=_successor(session, product),
    )


def _line(product: Product) -> Iterator[str]:
    if product.price is not None:
        yield f"{_price(product)} {per_cycle(product.billing_cycle)}"
    counted = [feature.key for feature in FEATURES if feature.unit and feature.key in product.features]
    yield from (_feature(key, product.features[key]) for key in counted[:_MOST_FEATURES])


def _feature(key: str, value: Any) -> str:
    """Return a feature as people sell it: "60 GB", "500 SMS", "Voice: unlimited"."""
    if value == UNLIMITED:
        return str(gettext("%(place)s: %(message)s", place=feature_label(key), message=feature_text(key, value)))
    is_gigabytes = key == _DATA and isinstance(value, int) and value >= _MOST_MB
    return f"{number(gigabytes(value))} GB" if is_gigabytes else feature_text(key, value)


def _price(product: Product) -> str:
    return money(product.price, product.currency) if product.price is not None else ""


def _end(product: Product, now: datetime) -> str | None:
    if product.valid_to is None:
        return None
    return str(gettext("Catalog: until %(day)s", day=since_day(product.valid_to, now)))


def _successor(session: Session, product: Product) -> str:
    """Return the name of what replaces the product, as far as anybody has said so."""
    named = zip(product.relations, references(session, product).relations, strict=True)
    found = next((one.name for entry, one in named if entry["relation"] == "replaced_by"), None)
    return found or str(gettext("No successor is named: it would wait"))
