"""What pre-flight looks at: a campaign as it stands, whoever holds it, and whom to try its messages on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from catalog_app.campaigns.messages.fallback import Worded
from catalog_app.campaigns.messages.promise import OfferedProduct
from catalog_app.products.checks import EligibleProduct
from catalog_app.products.customers import CustomerFeatures


class Checked(Worded, Protocol):
    """What pre-flight reads of a campaign; the model satisfies it, and so does any record with these fields."""

    @property
    def name(self) -> str: ...
    @property
    def channels(self) -> Sequence[str]: ...
    @property
    def product_config(self) -> Mapping[str, Any]: ...
    @property
    def audience(self) -> Mapping[str, Any]: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...


class CheckedProduct(OfferedProduct, EligibleProduct, Protocol):
    """A product that is offered, and that says to whom."""

    @property
    def id(self) -> int: ...
    @property
    def external_system(self) -> str: ...
    @property
    def valid_to(self) -> datetime | None: ...


class ValueRange(Protocol):
    """A segment, with the customer values that it stands for."""

    @property
    def key(self) -> str: ...
    @property
    def min_customer_value(self) -> Decimal | None: ...
    @property
    def max_customer_value(self) -> Decimal | None: ...


@dataclass(frozen=True)
class Asked:
    """A campaign with one product, at one moment."""

    campaign: Checked
    product: CheckedProduct | None
    now: datetime
    zone: str = "UTC"
    segments: Sequence[ValueRange] = ()
    samples: Sequence[CustomerFeatures] = field(default=())

    @property
    def begins(self) -> datetime:
        """The first moment at which a message may go out."""
        starts = self.campaign.starts_at
        return self.now if starts is None or starts < self.now else starts
