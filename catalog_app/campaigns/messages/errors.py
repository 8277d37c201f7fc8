"""What is wrong with a template, where, and what to write instead."""

from dataclasses import dataclass
from typing import Any, Final

from catalog_app.core.errors import CatalogError, Sentence

NO_VALUE: Final = "no_value"
"""The code of a field that exists, and that nobody told."""


@dataclass(frozen=True)
class Place:
    """Where in a template: `line` and `column` count from 1; `start` and `end` are the characters to replace."""

    line: int
    column: int
    start: int
    end: int

    @classmethod
    def at(cls, text: str, start: int, end: int | None = None) -> "Place":
        """Return the place of a character of a text; one behind the end is the end."""
        start = max(0, min(start, len(text)))
        before = text[:start]
        line_start = before.rfind("\n") + 1
        return cls(before.count("\n") + 1, start - line_start + 1, start, max(start, end or start))


class TemplateError(CatalogError):
    """A part of a message cannot be used, or cannot be said to this customer.

    `suggestion` is what was probably meant, and `replacement` the whole template with it in place.
    """

    def __init__(
        self,
        message: Sentence,
        *,
        part: str = "",
        place: Place | None = None,
        code: str = "template",
        suggestion: str | None = None,
        replacement: str | None = None,
    ) -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code
        self.part = part
        self.line = place.line if place else None
        self.column = place.column if place else None
        self.suggestion = suggestion
        self.replacement = replacement

    def as_json(self) -> dict[str, Any]:
        """Return the error as programs read it."""
        return {
            "code": self.code,
            "part": self.part,
            "line": self.line,
            "column": self.column,
            "message": str(self.message),
            "suggestion": self.suggestion,
            "replacement": self.replacement,
        }
