"""What a request about webhooks must say."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from catalog_app.core.courier import MAX_URL
from catalog_app.core.errors import RuleError
from catalog_app.core.text import clean_line
from catalog_app.core.wording import errors_by_field
from catalog_app.events.feed import position_of

Line = Annotated[str, AfterValidator(clean_line)]
Position = Annotated[str, AfterValidator(position_of)]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> Self:
        """Return what was asked checked, or raise RuleError."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None


class WebhookInput(_Checked):
    """Whom to tell, and of what. Without `event_types` of everything; `since` is a cursor of the change feed."""

    url: Annotated[str, Field(max_length=MAX_URL)]
    event_types: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=50)] = []
    description: Annotated[Line, Field(max_length=255)] | None = None
    since: Position | None = None


class ReplayInput(_Checked):
    """What to tell again: everything since a cursor, one delivery, or, with neither, whatever was given up."""

    since: Position | None = None
    delivery: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
