"""Whom a campaign is meant for: the same questions that a product asks of a customer, asked by the campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict, eligibility
from catalog_app.products.field_types import Money, SegmentKeys
from catalog_app.products.rules import check_rule


class Audience(BaseModel):
    """The customers that are meant; what is left out restricts nobody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segments: SegmentKeys = []
    exclude_segments: SegmentKeys = []
    min_customer_value: Money | None = None
    max_customer_value: Money | None = None
    rule: Annotated[dict[str, Any], AfterValidator(check_rule)] | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        faults: dict[str, str] = {}
        lowest, highest = self.min_customer_value, self.max_customer_value
        if lowest is not None and highest is not None and highest < lowest:
            faults["audience.max_customer_value"] = Sentence("The highest customer value is below the lowest.")
        if both := sorted(set(self.segments).intersection(self.exclude_segments)):
            faults["audience.exclude_segments"] = Sentence(
                "A segment cannot be both targeted and excluded: %(segments)s.", segments=", ".join(both)
            )
        if faults:
            raise RuleError(faults)
        return self

    def kept(self) -> dict[str, Any]:
        """Return it as its column keeps it: JSON values, and only what restricts."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value not in (None, [])}


@dataclass(frozen=True)
class Asked:
    """An audience as eligibility reads a product: it asks for segments, value and rule, and for nothing else."""

    target_segments: Sequence[str]
    exclude_segments: Sequence[str]
    min_customer_value: Decimal | None
    max_customer_value: Decimal | None
    eligibility_rule: Mapping[str, Any] | None

    id: int = 0
    external_system: str = ""
    lifecycle_status: str = "launched"
    deleted_at: datetime | None = None
    field_locks: Mapping[str, Any] = field(default_factory=dict)
    is_available: bool = True
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    missing_since: datetime | None = None
    quota_left: int | None = None
    channels: Sequence[str] = ()
    payment_mode: str = "any"
    relations: Sequence[Mapping[str, Any]] = ()
    points_price: int | None = None
    max_per_customer: int | None = None
    cooldown_days: int | None = None


def asked_of(stored: Mapping[str, Any]) -> Asked:
    """Return what a stored audience asks; make it once for many customers."""
    audience = Audience.model_validate(dict(stored))
    return Asked(
        target_segments=audience.segments,
        exclude_segments=audience.exclude_segments,
        min_customer_value=audience.min_customer_value,
        max_customer_value=audience.max_customer_value,
        eligibility_rule=audience.rule,
    )


def in_audience(asked: Asked, customer: CustomerFeatures, now: datetime) -> Verdict:
    """Return whether a customer is meant, with the reasons; what was not told is unknown, and never read as yes."""
    return eligibility(asked, customer, now)
