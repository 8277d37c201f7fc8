"""What a template names: found by walking through what was parsed, so that it is told before anybody is written to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from catalog_app.campaigns.messages.errors import Place

_PATH: Final = re.compile(r"[\w-]+(?:\s*\.\s*[\w-]+|\[[^\]]{0,100}\])*")


@dataclass(frozen=True)
class Use:
    """A field that a template names, such as ("product", "features", "data_gb"), and where.

    `is_optional`: the template says what happens without it, by `default` or by a condition that asks for it.
    """

    path: tuple[str, ...]
    place: Place
    is_optional: bool

    @property
    def name(self) -> str:
        return ".".join(self.path)


def place_of(source: str, start: int) -> Place:
    """Return the place of the name that begins here, all of it."""
    found = _PATH.match(source, max(start, 0))
    return Place.at(source, start, found.end() if found else start)


def name_at(source: str, start: int) -> str:
    """Return the name that begins here, as it is written."""
    found = _PATH.match(source, max(start, 0))
    return found.group() if found else ""


def replaced(source: str, place: Place, text: str) -> str:
    """Return the template with something else in this place."""
    return source[: place.start] + text + source[place.end :]


def without_guarded(uses: tuple[Use, ...]) -> Iterator[Use]:
    """Yield the uses that have to have a value: those that no condition of the template asks for first."""
    asked = {use.path for use in uses if use.is_optional}
    return (use for use in uses if use.path not in asked)
