"""What the offer of a campaign may change of its product: declared once, for the form, the JSON and the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Protocol

from flask_babel import lazy_gettext
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from catalog_app.core.errors import Fault, Sentence
from catalog_app.products.field_types import BlankIsNone, Currency, ManyLines, Moment, Money, OneLine, PositiveMoney

Kind = Literal["money", "currency", "percent", "line", "text", "moment"]


@dataclass(frozen=True)
class Override:
    """One thing of the product that an offer may say otherwise; a form chooses its control by `kind`."""

    name: str
    label: Any
    kind: Kind


OVERRIDES: tuple[Override, ...] = (
    Override("price", lazy_gettext("Price"), "money"),
    Override("currency", lazy_gettext("Currency"), "currency"),
    Override("discount_percent", lazy_gettext("Discount"), "percent"),
    Override("bonus", lazy_gettext("Bonus"), "line"),
    Override("headline", lazy_gettext("Headline"), "line"),
    Override("valid_to", lazy_gettext("Offer ends"), "moment"),
    Override("terms", lazy_gettext("Terms"), "text"),
)
"""The whitelist: what is not here is the product's own to say."""


def _percent(value: Decimal) -> Decimal:
    if value <= 0:
        raise ValueError(Fault("too_small", "Use a number above 0."))
    return value


class ProductConfig(BaseModel):
    """What the offer says otherwise than its product; a rule that needs the product is in `faults_with`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    price: PositiveMoney | None = None
    currency: Annotated[Currency | None, BlankIsNone] = None
    discount_percent: Annotated[Money, Field(le=100), AfterValidator(_percent)] | None = None
    bonus: Annotated[Annotated[str, Field(max_length=255), OneLine] | None, BlankIsNone] = None
    headline: Annotated[Annotated[str, Field(max_length=255), OneLine] | None, BlankIsNone] = None
    valid_to: Moment | None = None
    terms: Annotated[Annotated[str, Field(max_length=2000), ManyLines] | None, BlankIsNone] = None

    def kept(self) -> dict[str, Any]:
        """Return it as its column keeps it: JSON values, and only what is said."""
        return self.model_dump(mode="json", exclude_none=True)

    def own_faults(self) -> dict[str, str]:
        """Return what is wrong with it whatever the product is, by field."""
        faults: dict[str, str] = {}
        if self.price is not None and self.discount_percent is not None:
            faults["discount_percent"] = Sentence("Give a price or a discount, not both.")
        if self.currency is not None and self.price is None:
            faults["currency"] = Sentence("A currency belongs to a price; the product's own price keeps its own.")
        return faults


class Priced(Protocol):
    """What a product says that an override has to fit; the model satisfies it."""

    @property
    def price(self) -> Decimal | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def valid_from(self) -> datetime | None: ...
    @property
    def valid_to(self) -> datetime | None: ...


def faults_with(config: ProductConfig, product: Priced) -> dict[str, str]:
    """Return what does not fit this product, by field: a sentence for each."""
    faults: dict[str, str] = {}
    if config.price is not None and config.currency is None and product.currency is None:
        faults["currency"] = Fault("missing", "A price needs a currency; the product has none.")
    if config.discount_percent is not None and product.price is None:
        faults["discount_percent"] = Sentence("The product has no price that a discount could be taken from.")
    if config.valid_to is not None:
        if product.valid_to is not None and config.valid_to > product.valid_to:
            faults["valid_to"] = Sentence("The offer would last longer than its product is sold.")
        elif product.valid_from is not None and config.valid_to <= product.valid_from:
            faults["valid_to"] = Sentence("The offer would end before its product is sold.")
    return faults


def config_of(stored: Mapping[str, Any]) -> ProductConfig:
    """Return what a column keeps as it was checked when it was saved."""
    return ProductConfig.model_validate(dict(stored))
