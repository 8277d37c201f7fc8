"""The kinds of value that people, clients and sources write: cleaned first, then measured.

A text is measured as it will be kept. Composing it (NFC) can make it three times as long, and trimming it empty.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, PlainSerializer

from catalog_app.core.errors import Fault
from catalog_app.core.json_values import money_text
from catalog_app.core.text import clean_line, clean_text

MAX_INT = 2**31 - 1


def _if_text(clean: Callable[[str], str]) -> BeforeValidator:
    """Clean what is text, and leave the rest for the type to refuse."""

    def cleaned(value: object) -> object:
        return clean(value) if isinstance(value, str) else value

    return BeforeValidator(cleaned)


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _said(value: str) -> str:
    if not value:
        raise ValueError(Fault("missing", "Fill this in."))
    return value


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("This moment is outside the years that can be kept.") from None


OneLine = _if_text(clean_line)
"""Beside a `Field` that limits the length it comes last: pydantic runs what comes before the type from the end."""
ManyLines = _if_text(clean_text)
Said = AfterValidator(_said)
BlankIsNone = BeforeValidator(_none_if_blank)
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
Count = Annotated[int, Field(ge=0, le=MAX_INT)]
