"""The mapping part of a preset: which rule fills which field of a product."""

from fractions import Fraction
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from catalog_app.products import terms

from .casts import CASTS, LEFT_OUT
from .paths import PathError, compile_path

# What the words of a table may be turned into. A table of another name may hold any words.
VOCABULARY: Final[dict[str, frozenset[str]]] = {
    "lifecycle_status": frozenset(terms.LIFECYCLE_STATUSES),
    "product_type": frozenset(terms.PRODUCT_TYPES),
    "payment_mode": frozenset(terms.PAYMENT_MODES),
    "billing_cycle": frozenset(terms.BILLING_CYCLES),
    "price_type": frozenset(terms.PRICE_TYPES),
    "relation": frozenset({*terms.RELATIONS, LEFT_OUT}),
    "channel": frozenset({*terms.CHANNELS, LEFT_OUT}),
}
FIELDS: Final = frozenset({
    "name", "short_name", "description", "translations", "product_type", "payment_mode", "category",
    "price", "currency", "recurring", "billing_cycle", "tax_included", "tax_rate", "features", "attributes",
    "lifecycle_status", "status_reason", "is_available", "valid_from", "valid_to", "channels", "target_segments",
    "exclude_segments", "min_customer_value", "max_customer_value", "business_value", "points_price",
    "max_per_customer", "cooldown_days",
})  # fmt: skip
LISTS: Final = frozenset({"members", "relations"})


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _by_their_own_names(value: Any) -> Any:
    return {name: (name,) for name in value} if isinstance(value, (list, tuple)) else value


def _checked_path(path: str) -> str:
    try:
        compile_path(path)
    except PathError as fault:
        raise ValueError(str(fault)) from None
    return path


def _checked_cast(cast: str) -> str:
    if cast not in CASTS:
        raise ValueError(f"{cast!r} is not a cast; there are {', '.join(CASTS)}")
    return cast


def _checked_factor(value: Any) -> Fraction:
    try:
        return Fraction(value)
    except (TypeError, ValueError, ZeroDivisionError):
        raise ValueError("a unit's factor is a whole number or a fraction such as '1/24'") from None


Path = Annotated[str, AfterValidator(_checked_path)]
Paths = Annotated[tuple[Path, ...], BeforeValidator(_as_tuple)]
Words = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
CastName = Annotated[str, AfterValidator(_checked_cast)]
Factor = Annotated[Fraction, BeforeValidator(_checked_factor)]


class Rule(BaseModel):
    """Base of everything in a preset: fixed once read, and a misspelt key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class FieldRule(Rule):
    """Fills one field: the first path, or else characteristic, that has a value, then each cast in order.

    `constant` is for what a source does not say because it goes without saying.
    """

    path: Paths = ()
    characteristic: Words = ()
    constant: bool | int | str | None = None
    casts: tuple[CastName, ...] = ("text",)
    table: str | None = None
    separator: str = "/"
    currency: Path | None = None
    default: Any = None
    required: bool = False

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if not self.path and not self.characteristic and self.constant is None:
            raise ValueError("needs a path or a characteristic, or a constant")
        if ("table" in self.casts) != (self.table is not None):
            raise ValueError("the cast 'table' and the name of a table go together")
        if ("minor_units" in self.casts) != (self.currency is not None):
            raise ValueError("the cast 'minor_units' and the path of a currency go together")
        return self


class DerivationRule(Rule):
    """One row of a derivation: if the value is there (and equals, or contains a word), the field is `then`."""

    path: Paths = ()
    characteristic: Words = ()
    equals: bool | int | str | None = None
    contains: Words = ()
    table: str | None = None
    then: str | None = None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if bool(self.path) == bool(self.characteristic):
            raise ValueError("needs either a path or a characteristic")
        if (self.then is None) == (self.table is None):
            raise ValueError("needs either 'then' or a table")
        return self


class Derivation(Rule):
    """An ordered table of rules with an explicit default, whose use is counted."""

    default: str
    rules: tuple[DerivationRule, ...] = ()


class ListRule(Rule):
    """Fills a list field with one object for each item at `each`."""

    each: Path
    fields: dict[str, FieldRule]


class AmountRule(Rule):
    """One place where a price may keep its amount.

    `default_currency` is for systems that name none because they have only one. `exponents` is for a source whose
    smallest units are not those of ISO 4217.
    """

    amount: Path
    currency: Path | None = None
    default_currency: str = ""
    tax_included: bool = True
    minor_units: bool = False
    exponents: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_a_currency(self) -> Self:
        if self.currency is None and not self.default_currency:
            raise ValueError("needs the path of a currency or a default_currency")
        return self


class PriceRules(Rule):
    """Where prices are and what they say; the tables price_type and billing_cycle translate their words.

    `each` leads to a list of prices, or to one, by one or more steps; a price knows what it was found in as its
    `parent`. `main` is true of a price that the source itself puts first.
    """

    each: Annotated[Paths, Field(min_length=1)]
    main: Path | None = None
    amounts: Annotated[tuple[AmountRule, ...], Field(min_length=1)]
    name: Path = "name"
    type: Path | None = None
    period: Paths = ()
    period_length: Path | None = None
    tax_rate: Paths = ()
    valid_from: Path | None = None
    valid_to: Path | None = None


class FeatureRule(Rule):
    """Which characteristics fill a feature, and in which units they may come."""

    names: Words
    units: str | None = None
    is_list: bool = False
    separator: str = ","


class CharacteristicRules(Rule):
    """Where name/value characteristics are, and which of them we know; the others are kept under their own names.

    They are in `lists` of entries with a name and a value, or are the keys of `objects`. With `only_known`, for an
    object that holds much else, the others are left out.
    """

    lists: Paths = ()
    objects: Paths = ()
    only_known: bool = False
    name: Path = "name"
    value: Path = "value"
    choices: Paths = ()
    unit: Path = "unitOfMeasure"
    features: dict[str, FeatureRule] = Field(default_factory=dict)
    attributes: Annotated[dict[str, Words], BeforeValidator(_by_their_own_names)] = Field(default_factory=dict)
    units: dict[str, dict[str, Factor]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _knows_its_units(self) -> Self:
        if not self.lists and not self.objects:
            raise ValueError("needs lists or objects")
        unknown = {rule.units for rule in self.features.values() if rule.units} - self.units.keys()
        if unknown:
            raise ValueError(f"there is no table of units {', '.join(sorted(unknown))}")
        return self
