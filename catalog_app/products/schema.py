"""The one rule set of a product: form, JSON body, import row and source record all go through `ProductInput`.

Rules are about one product alone. What needs the rest of the catalogue (a member that exists, a segment that
nobody has defined yet) is the service's business.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from catalog_app.core.errors import Fault, RuleError, Sentence
from catalog_app.core.json_values import as_json
from catalog_app.core.text import clean_json
from catalog_app.core.wording import errors_by_field
from catalog_app.products import terms
from catalog_app.products.features import check_features, named
from catalog_app.products.field_types import (
    MAX_ENTRIES,
    MAX_INT,
    BlankIsNone,
    Category,
    Count,
    Currency,
    ExternalId,
    LanguageCode,
    LongText,
    Moment,
    Money,
    Name,
    NoTruth,
    PositiveMoney,
    ProductRef,
    Reason,
    Said,
    SegmentKeys,
    ShortName,
    one_each,
)
from catalog_app.products.rules import check_rule
from catalog_app.products.stored_values import AMOUNTS, KEY_LISTS, MOMENTS, is_kept_as_shown, stored_value

__all__ = [
    "AMOUNTS",
    "DEFAULTS",
    "FIELDS",
    "JSON_FIELDS",
    "KEY_LISTS",
    "TOGETHER",
    "ProductIdentity",
    "ProductInput",
    "is_kept_as_shown",
    "stored_value",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Translation(_Strict):
    name: Annotated[Name | None, BlankIsNone] = None
    short_name: Annotated[ShortName | None, BlankIsNone] = None
    description: Annotated[LongText | None, BlankIsNone] = None


class Window(_Strict):
    """A span of time, half open: valid_from <= now < valid_to; None leaves the end open."""

    valid_from: Moment | None = None
    valid_to: Moment | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError(Sentence("The end is not after the start."))
        return self


class Price(Window):
    """One of the further prices; the main price stands in the product's own fields."""

    name: Annotated[Name | None, BlankIsNone] = None
    price_type: terms.PriceType
    amount: Money
    currency: Currency
    billing_cycle: terms.BillingCycle = "one_time"
    tax_included: bool = True
    tax_rate: Annotated[Money, Field(ge=0, le=100)] | None = None

    @model_validator(mode="after")
    def _only_a_discount_is_negative(self) -> Self:
        if self.amount < 0 and self.price_type != "discount":
            raise ValueError(Sentence("Only a discount may be below zero."))
        return self


class Member(_Strict):
    """A product inside a bundle: how many of it at least, by default and at most."""

    product: ProductRef
    min: Count = 0
    default: Count = 1
    max: Count | None = 1

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.default < self.min or (self.max is not None and self.max < self.default):
            raise ValueError(Sentence("A member's numbers go up: minimum, default, maximum."))
        return self


class Relation(_Strict):
    relation: terms.Relation
    product: ProductRef


class ProductInput(Window):
    """Everything a person, a client or a source may say of a product, checked."""

    name: Annotated[Name, Said]
    short_name: Annotated[ShortName | None, BlankIsNone] = None
    description: Annotated[LongText | None, BlankIsNone] = None
    translations: Annotated[dict[LanguageCode, Translation], Field(max_length=MAX_ENTRIES)] = {}
    product_type: terms.ProductType
    payment_mode: terms.PaymentMode = "any"
    category: Annotated[Category | None, BlankIsNone] = None

    price: PositiveMoney | None = None
    currency: Annotated[Currency | None, BlankIsNone] = None
    recurring: bool = False
    billing_cycle: terms.BillingCycle = "one_time"
    tax_included: bool = True
    tax_rate: Annotated[Money, Field(ge=0, le=100)] | None = None
    prices: Annotated[list[Price], Field(max_length=MAX_ENTRIES)] = []

    features: Annotated[dict[str, Any], AfterValidator(check_features)] = {}
    attributes: Annotated[
        dict[str, Any], Field(max_length=MAX_ENTRIES), AfterValidator(clean_json), AfterValidator(named)
    ] = {}
    members: Annotated[list[Member], Field(max_length=MAX_ENTRIES)] = []
    relations: Annotated[list[Relation], Field(max_length=MAX_ENTRIES)] = []

    lifecycle_status: terms.LifecycleStatus = "in_design"
    status_reason: Annotated[Reason | None, BlankIsNone] = None
    is_available: bool = True

    target_segments: SegmentKeys = []
    exclude_segments: SegmentKeys = []
    min_customer_value: Money | None = None
    max_customer_value: Money | None = None
    eligibility_rule: Annotated[dict[str, Any], AfterValidator(check_rule)] | None = None
    channels: Annotated[list[terms.Channel], AfterValidator(one_each)] = []

    business_value: PositiveMoney | None = None
    lever_weight: Annotated[int, Field(ge=-100, le=1000), NoTruth] | None = None
    points_price: Count | None = None
    quota_total: Count | None = None
    max_per_customer: Annotated[int, Field(ge=1, le=MAX_INT), NoTruth] | None = None
    cooldown_days: Annotated[int, Field(ge=0, le=3650), NoTruth] | None = None
    sync_frequency: terms.SyncFrequency | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        faults: dict[str, str] = {}
        if self.price is not None and self.currency is None:
            faults["currency"] = Fault("missing", "A price needs a currency.")
        lowest, highest = self.min_customer_value, self.max_customer_value
        if lowest is not None and highest is not None and highest < lowest:
            faults["max_customer_value"] = Sentence("The highest customer value is below the lowest.")
        if both := sorted(set(self.target_segments).intersection(self.exclude_segments)):
            faults["exclude_segments"] = "A segment cannot be both targeted and excluded: " + ", ".join(both) + "."
        if faults:
            raise RuleError(faults)
        return self

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> Self:
        """Return the values checked, or raise RuleError with a sentence for each field that is wrong."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise RuleError(_on_fields(errors_by_field(error))) from None

    def values(self) -> dict[str, Any]:
        """Return the fields as the columns of a product keep them: JSON fields as JSON, the rest as Python values."""
        plain = self.model_dump()
        as_json = self.model_dump(mode="json", include=set(JSON_FIELDS))
        return {**plain, **as_json}

    def said(self, fields: Iterable[str]) -> dict[str, Any]:
        """Return these fields as JSON shows them; what is not a field is passed over."""
        values = self.__dict__
        said = {field: values[field] for field in fields if field in values}
        for field in _SHOWN_OTHERWISE:
            if said.get(field) is not None:
                said[field] = _shown(said[field])
        return said


_AS_THEY_ARE = frozenset({str, bool, int, type(None)})


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [_entry_json(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _entry_json(entry) for key, entry in value.items()}
    return as_json(value)


def _entry_json(entry: BaseModel) -> dict[str, Any]:
    """Return what `model_dump(mode="json")` would, in a fifth of its time: an entry holds nothing but single values."""
    # A product may be named by a pair of system and external id, which JSON has as a list.
    return {
        name: list(value) if type(value) is tuple else as_json(value) if type(value) not in _AS_THEY_ARE else value
        for name, value in entry.__dict__.items()
    }


class ProductIdentity(_Strict):
    """How a source knows a product."""

    external_product_id: ExternalId

    @classmethod
    def check(cls, external_product_id: object) -> str:
        """Return the external id cleaned, or raise RuleError."""
        try:
            return cls.model_validate({"external_product_id": external_product_id}).external_product_id
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None


FIELDS: tuple[str, ...] = tuple(ProductInput.model_fields)
"""What may be written, in a stable order; everything else of a product is ours."""

DEFAULTS: dict[str, Any] = {
    name: as_json(field.default) for name, field in ProductInput.model_fields.items() if not field.is_required()
}
"""What a field is that nobody speaks of, as JSON shows it."""

TOGETHER = (
    ("price", "currency"),
    ("min_customer_value", "max_customer_value"),
    ("target_segments", "exclude_segments"),
    ("valid_from", "valid_to"),
)
"""Fields that have a rule in common; every other rule is about one field alone."""

JSON_FIELDS = (
    "translations", "prices", "features", "attributes", "members", "relations",
    "target_segments", "exclude_segments", "eligibility_rule", "channels",
)  # fmt: skip

_NESTED = frozenset({"translations", "prices", "members", "relations"})
_SHOWN_OTHERWISE = tuple(name for name in FIELDS if name in MOMENTS | AMOUNTS | _NESTED)


def _on_fields(errors: dict[str, str]) -> dict[str, str]:
    """Give a fault of the whole product to the field a person would correct."""
    if "form" in errors:
        errors.setdefault("valid_to", errors.pop("form"))
    return errors
