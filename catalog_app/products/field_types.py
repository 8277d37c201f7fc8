"""The kinds of value that people, clients and sources write: cleaned first, then measured.

A text is measured as it will be kept. Composing it (NFC) can make it three times as long, and trimming it empty.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from catalog_app.core.errors import Fault, Sentence
from catalog_app.core.json_values import money_text
from catalog_app.core.text import clean_line, clean_text
from catalog_app.products.terms import SEGMENT_KEY

MAX_INT = 2**31 - 1
MAX_ENTRIES = 500
_CURRENCY = re.compile(r"[A-Z]{3}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")

_T = TypeVar("_T")


def _if_text(clean: Callable[[str], str]) -> BeforeValidator:
    """Clean what is text, and leave the rest for the type to refuse."""

    def cleaned(value: object) -> object:
        return clean(value) if isinstance(value, str) else value

    return BeforeValidator(cleaned)


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _truth_as_text(value: object) -> object:
    # Python counts true as 1; as text it is refused like every other word.
    return str(value) if isinstance(value, bool) else value


def _said(value: str) -> str:
    if not value:
        raise ValueError(Fault("missing", "Fill this in."))
    return value


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(Sentence("This moment is outside the years that can be kept.")) from None


def _currency(value: str) -> str:
    if not _CURRENCY.fullmatch(value):
        raise ValueError(Fault("malformed", "Use a currency code of three capital letters, such as SAR."))
    return value


def _segment(value: str) -> str:
    if not SEGMENT_KEY.fullmatch(value):
        raise ValueError(
            Sentence("%(value)r is not a segment key: use small letters, digits and hyphens.", value=value)
        )
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(Sentence("%(value)r is not a language code, such as ar or en-GB.", value=value))
    return value


def _one_product(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Say in one sentence what a product may be named by, instead of one fault for each way that it was not."""
    try:
        return read(value)
    except ValidationError:
        raise ValueError(Sentence("Name a product by its id, its external id, or as [system, external id].")) from None


def one_each(values: list[_T]) -> list[_T]:
    return list(dict.fromkeys(values))


OneLine = _if_text(clean_line)
"""Beside a `Field` that limits the length it comes last: pydantic runs what comes before the type from the end."""
ManyLines = _if_text(clean_text)
Said = AfterValidator(_said)
BlankIsNone = BeforeValidator(_none_if_blank)
NoTruth = BeforeValidator(_truth_as_text)
"""Wraps an optional value: what is blank was not said."""

Name = Annotated[str, Field(max_length=255), OneLine]
ShortName = Annotated[str, Field(max_length=40), OneLine]
LongText = Annotated[str, Field(max_length=20_000), ManyLines]
Category = Annotated[str, Field(max_length=100), OneLine]
Reason = Annotated[str, Field(max_length=255), OneLine]
ExternalId = Annotated[str, Field(max_length=255), OneLine, Said]
SystemKey = Annotated[str, Field(max_length=50), OneLine, Said]
Money = Annotated[
    Decimal,
    Field(max_digits=14, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(money_text, return_type=str, when_used="json"),
]
PositiveMoney = Annotated[Money, Field(ge=0)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Count = Annotated[int, Field(ge=0, le=MAX_INT), NoTruth]
Currency = Annotated[str, AfterValidator(_currency)]
LanguageCode = Annotated[str, AfterValidator(_language)]
SegmentKeys = Annotated[
    list[Annotated[str, Field(max_length=50), AfterValidator(_segment)]],
    Field(max_length=MAX_ENTRIES),
    AfterValidator(one_each),
]
ProductRef = Annotated[
    Annotated[int, Field(ge=1, le=MAX_INT)] | ExternalId | tuple[SystemKey, ExternalId], WrapValidator(_one_product)
]
"""Another product: its id, its external id in the same system, or (system, external id)."""
