"""What a caller tells us of a customer, checked once. What was not told stays None, which is not the same as empty."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.text import clean_json, clean_line
from catalog_app.core.wording import errors_by_field
from catalog_app.products.field_types import BlankIsNone
from catalog_app.products.owned import Owned, owned_from
from catalog_app.products.rules import MAX_NUMBER

MAX_ATTRIBUTES = 500
MAX_SEGMENTS = 500

CustomerPaymentMode = Literal["prepaid", "postpaid", "hybrid"]


@dataclass(frozen=True)
class CustomerFeatures:
    """A customer as eligibility sees one. None means that the caller said nothing; an empty set says "none at all".

    `facts` holds every attribute by name, for the rules of products. `times_taken` and `last_offered` are by product
    id and come from the contacts; a product that is not in them was never taken, or never offered.
    """

    customer_value: Decimal | None = None
    segments: frozenset[str] | None = None
    payment_mode: str | None = None
    owned: Owned | None = None
    points: int | None = None
    times_taken: Mapping[int, int] | None = None
    last_offered: Mapping[int, datetime] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, features: Mapping[str, Any]) -> Self:
        """Return the customer that this free dictionary describes; raise RuleError naming each attribute at fault.

        The customer value is the first of customer_value, lifetime_value and total_revenue that is given; 0 is given.
        """
        given = _checked(features)
        facts = _facts(features) | given.facts()
        return cls(
            customer_value=given.value(),
            segments=None if given.segments is None else frozenset(given.segments),
            payment_mode=given.payment_mode,
            owned=given.owned,
            points=given.points,
            times_taken=given.times_taken,
            last_offered=given.last_offered,
            facts=facts,
        )

    def with_contacts(self, *, times_taken: Mapping[int, int], last_offered: Mapping[int, datetime]) -> Self:
        """Return the same customer with what the contacts know of it."""
        return replace(self, times_taken=times_taken, last_offered=last_offered)

    def owning(self, owned: Owned | None) -> Self:
        """Return the same customer owning exactly this, such as what `resolve_owned` completed."""
        return replace(self, owned=owned)


def _as_list(value: object) -> object:
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return [value] if isinstance(value, str | int) and not isinstance(value, bool) else value


def _owned(value: object) -> Owned | None:
    if value is None or isinstance(value, Owned):
        return value
    entries = _as_list(value)
    if not isinstance(entries, list):
        raise ValueError(Sentence("Write this as a list."))  # noqa: TRY004  # a caller's mistake, not ours
    return owned_from(entries)


_Value = Annotated[
    Annotated[Decimal, Field(ge=0, lt=10**10, allow_inf_nan=False)] | None,
    BlankIsNone,
]


class _Given(BaseModel):
    """The attributes whose meaning is known; the rest are free."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True, str_strip_whitespace=True)

    customer_value: _Value = None
    lifetime_value: _Value = None
    total_revenue: _Value = None
    segments: Annotated[
        Annotated[
            list[Annotated[str, Field(max_length=50), AfterValidator(clean_line)]], Field(max_length=MAX_SEGMENTS)
        ]
        | None,
        BeforeValidator(_as_list),
    ] = None
    payment_mode: Annotated[CustomerPaymentMode | None, BlankIsNone] = None
    owned: Annotated[Owned | None, BeforeValidator(_owned)] = None
    points: Annotated[
        Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None,
        BlankIsNone,
    ] = None
    times_taken: dict[int, Annotated[int, Field(ge=0)]] | None = None
    last_offered: dict[int, AwareDatetime] | None = None

    def value(self) -> Decimal | None:
        values = (self.customer_value, self.lifetime_value, self.total_revenue)
        return next((value for value in values if value is not None), None)

    def facts(self) -> dict[str, Any]:
        """Return the known attributes as rules see them: what was given, and the customer value under its own name."""
        known = {
            "customer_value": self.value(),
            "lifetime_value": self.lifetime_value,
            "total_revenue": self.total_revenue,
            "segments": self.segments,
            "payment_mode": self.payment_mode,
            "points": self.points,
        }
        return {name: value for name, value in known.items() if value is not None}


def _checked(features: Mapping[str, Any]) -> _Given:
    try:
        return _Given.model_validate({name: value for name, value in features.items() if name in _Given.model_fields})
    except ValidationError as error:
        raise RuleError(errors_by_field(error)) from None


def _facts(features: Mapping[str, Any]) -> dict[str, Any]:
    """Return the free attributes, cleaned."""
    free = {name: value for name, value in features.items() if name not in _Given.model_fields}
    if len(free) > MAX_ATTRIBUTES:
        raise RuleError({"customer_features": Sentence("Use at most %(most)s attributes.", most=MAX_ATTRIBUTES)})
    facts: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, value in free.items():
        try:
            facts[clean_line(str(name))] = clean_json(value)
        except ValueError as error:
            faults[str(name)] = str(error)
    if faults:
        raise RuleError(faults)
    return facts
