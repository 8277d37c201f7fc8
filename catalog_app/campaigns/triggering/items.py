"""The items of a trigger: who did something, what is known of them, and where a message may go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from catalog_app.campaigns.trial import TEST_PREFIX, is_test
from catalog_app.contacts.schema import CustomerId, ZoneName
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.text import clean_json, clean_line
from catalog_app.core.wording import errors_by_field
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.field_types import BlankIsNone, OneLine, Said
from catalog_app.products.terms import Channel

MAX_ITEMS: Final = 1000
MAX_KEY, MAX_ADDRESS, MAX_LANGUAGE = 100, 320, 10
_FEATURES: Final = "customer_features"
_NAMES: Final = ("key", "customer_id")
"""Without these an item cannot be answered; with them, whatever else is wrong concerns this item alone."""


def _of_features(name: str) -> str:
    """Return the field of an item for a field of its features; all of them together have their own name."""
    return name if name == _FEATURES else f"{_FEATURES}.{name}"


def _no_test(key: str) -> str:
    if is_test(key):
        raise ValueError(Sentence("Keys that begin with %(prefix)s belong to tests.", prefix=TEST_PREFIX))
    return key


class ItemInput(BaseModel):
    """One customer who did something; `key` makes a repeat of it answer what the first one did."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: Annotated[str, Field(max_length=MAX_KEY), OneLine, Said, AfterValidator(_no_test)]
    customer_id: CustomerId
    customer_features: dict[str, Any] = {}
    channel: Channel | None = None
    language: Annotated[Annotated[str, Field(max_length=MAX_LANGUAGE), OneLine] | None, BlankIsNone] = None
    address: Annotated[Annotated[str, Field(max_length=MAX_ADDRESS), OneLine] | None, BlankIsNone] = None
    time_zone: Annotated[ZoneName | None, BlankIsNone] = None


@dataclass(frozen=True, slots=True)
class TriggerItem:
    """An item that was checked. `faults` say what is wrong with it, by field; it is then refused, and the others go on.

    `features` are what was told of the customer as JSON keeps it, `customer` the same as eligibility reads it.
    """

    key: str
    customer_id: str
    features: Mapping[str, Any] = field(default_factory=dict)
    customer: CustomerFeatures = field(default_factory=CustomerFeatures)
    channel: str | None = None
    language: str | None = None
    address: str | None = None
    time_zone: str | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, sent: Any) -> "TriggerItem":
        """Return the item; raise RuleError where it cannot be told whose it is, or is no item at all."""
        try:
            given = ItemInput.model_validate(sent)
        except ValidationError as error:
            return cls._faulty(sent, errors_by_field(error))
        try:
            features = clean_json(given.customer_features)
            customer = CustomerFeatures.of(features)
        except RuleError as error:
            faults = {_of_features(name): message for name, message in error.errors.items()}
            return cls(given.key, given.customer_id, faults=faults)
        except ValueError as error:
            return cls(given.key, given.customer_id, faults={_FEATURES: str(error)})
        return cls(
            given.key,
            given.customer_id,
            features,
            customer,
            given.channel,
            given.language,
            given.address,
            given.time_zone,
        )

    @classmethod
    def _faulty(cls, sent: Any, faults: Mapping[str, str]) -> "TriggerItem":
        if not isinstance(sent, Mapping) or any(name in faults for name in (*_NAMES, "form")):
            raise RuleError({"": Sentence("Write this as an object.")} if "form" in faults else faults)
        return cls(clean_line(sent["key"]), clean_line(sent["customer_id"]), faults=faults)


def items_of(sent: Any) -> Sequence[TriggerItem]:
    """Return the items of a call; raise RuleError naming what cannot be answered by its place, such as "items.3.key"."""
    if not isinstance(sent, list) or not 1 <= len(sent) <= MAX_ITEMS:
        raise RuleError({"items": Sentence("Send a list of 1 to %(most)s items.", most=MAX_ITEMS)})
    items: list[TriggerItem] = []
    faults: dict[str, str] = {}
    for place, one in enumerate(sent):
        try:
            items.append(TriggerItem.of(one))
        except RuleError as error:
            faults |= {".".join(filter(None, ("items", str(place), name))): said for name, said in error.errors.items()}
    if faults:
        raise RuleError(faults)
    return items
