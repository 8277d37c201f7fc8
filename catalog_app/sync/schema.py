"""What a request for a sync must say."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from catalog_app.core.errors import RuleError
from catalog_app.core.text import clean_line
from catalog_app.core.wording import errors_by_field


class SyncRequest(BaseModel):
    """Which system to sync, and how. `dry_run` plans without applying, `full` reads everything in any case."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    external_system: Annotated[str, Field(max_length=50), AfterValidator(clean_line)]
    dry_run: bool = False
    full: bool = False

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> Self:
        """Return the request checked, or raise RuleError."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None
