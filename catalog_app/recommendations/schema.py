"""What people and programs may set of how offers are chosen, and every rule that it has to keep."""

from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from catalog_app.contacts.schema import Checked, TimeOfDay
from catalog_app.core.errors import Fault, Sentence
from catalog_app.products.field_types import MAX_INT, BlankIsNone, Category, OneLine, Said, one_each
from catalog_app.products.terms import ProductType

MAX_CONTEXTS: Final = 50
MAX_WEIGHTS: Final = 200
HEAVIEST: Final = 100
LARGEST_SHARE: Final = 0.5


def _as_float(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


Share = Annotated[float, BeforeValidator(_as_float), Field(ge=0, le=LARGEST_SHARE, allow_inf_nan=False)]
"""A part of all customers, or of all decisions."""
Weight = Annotated[float, BeforeValidator(_as_float), Field(ge=0, le=HEAVIEST, allow_inf_nan=False)]
ContextKey = Annotated[str, Field(max_length=50), OneLine, Said]


class ExplorationInput(Checked):
    """How offers are tried out, where that is on; see scoring/exploring.py for what each share means."""

    on: bool = False
    uniform: Share = 0.02
    silent: Share = 0.01
    epsilon: Share = 0.05
    temperature: Annotated[float, BeforeValidator(_as_float), Field(gt=0, le=100, allow_inf_nan=False)] = 0.1


class WeightInput(Checked):
    """How much more, or less, offers of one kind count in a context: of a type, of a category, or one product."""

    product_type: Annotated[ProductType | None, BlankIsNone] = None
    category: Annotated[Category | None, BlankIsNone] = None
    product_id: Annotated[Annotated[int, Field(ge=1, le=MAX_INT)] | None, BlankIsNone] = None
    weight: Weight

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if sum(value is not None for value in (self.product_type, self.category, self.product_id)) != 1:
            raise ValueError(Sentence("Name a product type, a category or a product, and only one of them."))
        return self


class ContextInput(Checked):
    """A situation in which customers are met, such as a top-up."""

    key: ContextKey
    label: Annotated[str, Field(max_length=100), OneLine, Said]
    weights: Annotated[list[WeightInput], Field(max_length=MAX_WEIGHTS)] = Field(default_factory=list)


def _different(contexts: list[ContextInput]) -> list[ContextInput]:
    if len({context.key for context in contexts}) < len(contexts):
        raise ValueError(Fault("duplicate", "Two contexts have the same key."))
    return contexts


class NboSettingsInput(Checked):
    """How offers are chosen and learned, as a whole."""

    use_propensity: bool = True
    use_context: bool = True
    use_value: bool = True
    use_levers: bool = True
    exploration: ExplorationInput = ExplorationInput()
    contexts: Annotated[list[ContextInput], Field(max_length=MAX_CONTEXTS), AfterValidator(_different)] = Field(
        default_factory=list
    )
    repeatable_types: Annotated[list[ProductType], AfterValidator(one_each)] = Field(default_factory=list)
    attribution_days: Annotated[int, Field(ge=1, le=90)] = 14
    decline_days: Annotated[int, Field(ge=0, le=365)] = 30
    window_days: Annotated[int, Field(ge=7, le=3650)] = 365
    train_nightly: bool = True
    train_at: TimeOfDay = "03:10"
    promote: bool = True
    stale_days: Annotated[int, Field(ge=1, le=365)] = 14
