"""What the bodies of requests about campaigns have in common: each is checked whole before anything is done."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from catalog_app.core.errors import RuleError
from catalog_app.core.wording import errors_by_field


class Asked(BaseModel):
    """A body with these members and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> Self:
        """Return what was asked checked, or raise RuleError."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None
