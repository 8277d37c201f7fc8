"""The parts of a message, by channel: what a person writes, how long it may be, and what cannot be left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from catalog_app.core.errors import Sentence


@dataclass(frozen=True)
class Part:
    """One text of a message. `max` counts the characters of its template; a line never holds a line break."""

    name: str
    label: Sentence
    max: int
    required: bool = True
    is_line: bool = False


_TEXT: Final = Sentence("Message")
_TITLE: Final = Sentence("Title")

PARTS: Final[Mapping[str, tuple[Part, ...]]] = {
    "sms": (Part("body", _TEXT, 2_000),),
    "email": (
        Part("subject", Sentence("Subject"), 500, is_line=True),
        Part("body", _TEXT, 20_000),
    ),
    "push": (
        Part("title", _TITLE, 500, is_line=True),
        Part("body", _TEXT, 2_000),
    ),
    "app": (
        Part("title", _TITLE, 500, is_line=True),
        Part("body", _TEXT, 4_000),
    ),
    "ussd": (Part("body", _TEXT, 1_000),),
    "web": (
        Part("title", _TITLE, 500, required=False, is_line=True),
        Part("body", _TEXT, 4_000),
    ),
    "shop": (Part("body", _TEXT, 4_000),),
}
"""Every channel of contact (products/terms.py), in its order."""

LINES: Final = frozenset((channel, part.name) for channel, parts in PARTS.items() for part in parts if part.is_line)
"""What is sent as one line, whatever a placed value holds: a line break in a subject would begin a header."""
