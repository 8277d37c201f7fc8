"""What callers tell of offers and of holdings: the events of one call, each checked by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from catalog_app.contacts.schema import CustomerId, Instant
from catalog_app.core.errors import Fault, RuleError, Sentence
from catalog_app.core.text import clean_json
from catalog_app.core.wording import errors_by_field
from catalog_app.products.customers import MAX_ATTRIBUTES
from catalog_app.products.field_types import MAX_INT, BlankIsNone, OneLine, Said
from catalog_app.products.owned import Owned, owned_from
from catalog_app.products.terms import Channel
from catalog_app.recommendations.models import HELD

MAX_EVENTS: Final = 1_000
MAX_EVENT_ID: Final = 100
CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""So much may the clock of who tells be ahead of ours."""
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What is said to have happened before is the default of some clock, and no moment."""
_OWNED: Final = "owned"
_FEATURES: Final = "customer_features"


def _as_float(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


class EventInput(BaseModel):
    """One thing that happened; without `occurred_at` it happened just now.

    `held` says that the customer had the product at that moment, and nothing of any offer. What it answers may be
    named by `decision_id` or `delivery_id`; otherwise it is found. `probability` is that with which another system
    chose the offer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    event_id: Annotated[str, Field(max_length=MAX_EVENT_ID), OneLine, Said]
    customer_id: CustomerId
    product_id: Annotated[int, Field(ge=1, le=MAX_INT)]
    event: Literal["shown", "clicked", "accepted", "declined", "held"]
    occurred_at: Instant | None = None
    channel: Annotated[Channel | None, BlankIsNone] = None
    decision_id: Annotated[int, Field(ge=1, le=MAX_INT)] | None = None
    delivery_id: Annotated[int, Field(ge=1, le=MAX_INT)] | None = None
    customer_features: dict[str, Any] | None = None
    owned: list[Any] | None = None
    probability: Annotated[float, BeforeValidator(_as_float), Field(gt=0, le=1)] | None = None


class FeedbackInput(BaseModel):
    """What happened, in any order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    events: Annotated[list[EventInput], Field(min_length=1, max_length=MAX_EVENTS)]


@dataclass(frozen=True, slots=True)
class Told:
    """An event that was checked. `features` are as both databases keep them; None: nothing was told of the customer."""

    event_id: str
    customer_id: str
    product_id: int
    event: str
    at: datetime
    channel: str | None = None
    decision_id: int | None = None
    delivery_id: int | None = None
    features: Mapping[str, Any] | None = None
    owned: Owned | None = None
    probability: float | None = None

    @classmethod
    def of(cls, sent: Any, *, now: datetime) -> "Told":
        """Return the event; raise RuleError naming each field at fault."""
        try:
            given = EventInput.model_validate(sent)
        except ValidationError as error:
            faults = errors_by_field(error)
            raise RuleError({"": Sentence("Write this as an object.")} if "form" in faults else faults) from None
        at = given.occurred_at or now
        if at < EARLIEST:
            raise RuleError({"occurred_at": Sentence("This moment lies before 1970.")})
        if at > now + CLOCKS_DIFFER:
            raise RuleError({"occurred_at": Sentence("This moment lies ahead of us.")})
        if given.event == HELD and (given.decision_id or given.delivery_id):
            raise RuleError({"event": Sentence("That a customer holds a product answers no offer.")})
        features, owned = _of_customer(given)
        return cls(
            given.event_id,
            given.customer_id,
            given.product_id,
            given.event,
            at,
            given.channel,
            given.decision_id,
            given.delivery_id,
            features,
            owned,
            given.probability,
        )


@dataclass(frozen=True, slots=True)
class Faulty:
    """An event that cannot be taken: `event_id` where it has one, and what is wrong, by field."""

    event_id: str | None
    errors: Mapping[str, str]


def told_of(sent: Any, *, now: datetime) -> Sequence[Told | Faulty]:
    """Return the events of a call, those at fault among them; raise RuleError where it is no list of 1 to 1,000."""
    if not isinstance(sent, list) or not 1 <= len(sent) <= MAX_EVENTS:
        raise RuleError({"events": Sentence("Send a list of 1 to %(most)s events.", most=MAX_EVENTS)})
    return [_told_or_faulty(one, now) for one in sent]


def _told_or_faulty(sent: Any, now: datetime) -> Told | Faulty:
    try:
        return Told.of(sent, now=now)
    except RuleError as error:
        named = sent.get("event_id") if isinstance(sent, Mapping) else None
        return Faulty(named if isinstance(named, str) else None, error.errors)


def _of_customer(given: EventInput) -> tuple[dict[str, Any] | None, Owned | None]:
    """Return the features apart from what is owned, which may be told beside them or among them."""
    told = given.customer_features
    owned = given.owned if given.owned is not None else (told or {}).get(_OWNED)
    return _features(told), _owned(owned, _OWNED if given.owned is not None else f"{_FEATURES}.{_OWNED}")


def _features(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    if len(told) > MAX_ATTRIBUTES:
        raise RuleError({_FEATURES: Fault("too_long", "Use at most %(most)s attributes.", most=MAX_ATTRIBUTES)})
    try:
        cleaned: dict[str, Any] = clean_json({name: value for name, value in told.items() if name != _OWNED})
    except ValueError as error:
        raise RuleError(_at_fault(told) or {_FEATURES: str(error)}) from None
    return cleaned


def _at_fault(told: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with each feature by its place; one among a hundred is not found otherwise."""
    faults = {}
    for name, value in told.items():
        try:
            clean_json(value, 1)
        except ValueError as error:
            faults[f"{_FEATURES}.{name}"] = str(error)
    return faults


def _owned(told: Any, field: str) -> Owned | None:
    if told is None:
        return None
    if not isinstance(told, list):
        raise RuleError({field: Sentence("Write this as a list.")})
    try:
        return owned_from(told)
    except ValueError as error:
        raise RuleError({field: error.args[0]}) from None
