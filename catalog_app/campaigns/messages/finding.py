"""What pre-flight finds: an error keeps a campaign from being activated, a warning is told, a pass is told as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from catalog_app.core.errors import Sentence

ERROR: Final = "error"
WARNING: Final = "warning"
PASS: Final = "pass"  # noqa: S105  # what a finding says, and no secret
Level = Literal["error", "warning", "pass"]

FIELDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("no_product", "not_on_sale", "on_sale", "quota", "sale_over", "sale_ends", "sale_begins", "sale_later"),
        "product_id",
    ),
    **dict.fromkeys(("offer_over", "offer_ends"), "product_config.valid_to"),
    **dict.fromkeys(("audience_excluded", "segments_apart", "audience"), "audience"),
    **dict.fromkeys(("no_channel", "channel"), "channels"),
    "missing_fallback": "fallback_language",
    "ended": "ends_at",
}
"""The field that a person would correct, by the code of what is found; any other finding tells of a text."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `line` and `column` count from 1; `replacement` is the whole text to put there."""

    level: Level
    code: str
    message: Sentence
    channel: str | None = None
    language: str | None = None
    part: str | None = None
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None
    replacement: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the finding as programs read it."""
        return {**vars(self), "message": str(self.message)}

    @property
    def field(self) -> str:
        """Return the dotted name of the field that a person would correct: a text, or what `FIELDS` says."""
        known = FIELDS.get(self.code)
        if known is not None:
            return known
        place = [name for name in (self.channel, self.language, self.part) if name]
        return ".".join(["messages", *place]) if place else self.code

    @property
    def place(self) -> str:
        """Return where it is found, as a sentence has it in brackets: "sms, en, line 1, column 34"."""
        named = [name for name in (self.channel, self.language) if name]
        spot = [f"line {self.line}", f"column {self.column}"] if self.line is not None else []
        return ", ".join([*named, *spot])
