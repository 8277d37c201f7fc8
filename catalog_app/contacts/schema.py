"""What people and programs may say of the contact policy and of customers' choices, and every rule that it has to keep."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from catalog_app.contacts.quiet import checked_hours, is_time, zone_names
from catalog_app.core.errors import Fault, RuleError, Sentence
from catalog_app.core.wording import errors_by_field
from catalog_app.products.field_types import BlankIsNone, Moment, OneLine, Said, one_each
from catalog_app.products.terms import Channel

MAX_CAPS: Final = 20
MAX_CHOICES: Final = 1_000
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*", re.ASCII)


def _as_time(value: str) -> str:
    if not is_time(value):
        raise ValueError(Fault("malformed", "Use a time of the day, such as 21:00."))
    return value


def _as_zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError(Sentence("Use a time zone by its name, such as Asia/Riyadh, or UTC."))
    return name


def _written(value: object) -> object:
    """Take a moment as text only: a number could be read as seconds since 1970."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    raise ValueError(Fault("malformed", "Use a date and time, such as 2026-12-31T21:00:00Z."))


CustomerId = Annotated[str, Field(max_length=255), OneLine, Said]
"""The id under which others know a customer. It is taken as it is written, and kept only as a hash."""
TimeOfDay = Annotated[
    str, AfterValidator(_as_time), WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
]
ZoneName = Annotated[str, Field(max_length=50), AfterValidator(_as_zone)]
Instant = Annotated[Moment, BeforeValidator(_written)]
AnyChannel = Channel | Literal["*"]


class Checked(BaseModel):
    """What was sent, checked: with the types of JSON, or as text where it comes from a form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def check(cls, values: Mapping[str, Any], *, is_form: bool = False) -> Self:
        """Return the input, or raise RuleError."""
        try:
            return cls.model_validate(dict(values), strict=not is_form)
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None


class CapInput(Checked):
    """At most so many contacts in so many days; without a channel through all of them together."""

    channel: Annotated[Channel | None, BlankIsNone] = None
    most: Annotated[int, Field(ge=1, le=1_000)]
    days: Annotated[int, Field(ge=1, le=365)]


def _different(caps: list[CapInput]) -> list[CapInput]:
    if len({(cap.channel, cap.days) for cap in caps}) < len(caps):
        raise ValueError(Sentence("Two caps are for the same channel and the same days."))
    return caps


class PolicyInput(Checked):
    """The whole contact policy. Quiet hours are local times of the customer, both or neither."""

    caps: Annotated[list[CapInput], Field(max_length=MAX_CAPS), AfterValidator(_different)]
    quiet_from: Annotated[TimeOfDay | None, BlankIsNone] = None
    quiet_to: Annotated[TimeOfDay | None, BlankIsNone, Field(validate_default=True)] = None
    time_zone: ZoneName
    consent_channels: Annotated[list[Channel], AfterValidator(one_each)]

    @field_validator("quiet_to")
    @classmethod
    def _are_hours(cls, quiet_to: str | None, info: ValidationInfo) -> str | None:
        # What begins is not there where it is at fault itself.
        if "quiet_from" in info.data:
            checked_hours(info.data["quiet_from"], quiet_to)
        return quiet_to


class ChoiceInput(Checked):
    """What one customer chose for a channel, or for every one ("*"). Without `at` it was said now."""

    customer_id: CustomerId
    channel: AnyChannel
    choice: Literal["in", "out"]
    source: Annotated[Annotated[str, Field(max_length=100), OneLine] | None, BlankIsNone] = None
    at: Instant | None = None


class ErasureInput(Checked):
    """Which customer is to be erased."""

    customer_id: CustomerId


class ChoicesInput(Checked):
    """Choices of up to 1,000 customers."""

    choices: Annotated[list[ChoiceInput], Field(min_length=1, max_length=MAX_CHOICES)]
