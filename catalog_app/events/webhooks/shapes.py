"""The forms that events take: rooms that know what happened declare theirs, and app.py brings them together."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.wiring import providers
from catalog_app.events.models import Revision


@dataclass(frozen=True)
class Event:
    """One event of one revision. The same revision gives the same `id` whenever it is asked, unique in its shape."""

    id: str
    type: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """A form that events take. `make` returns the events of a revision, none for what this shape does not tell of.

    It runs in an application context, reads from the session if it must, and writes nothing.
    """

    name: str
    subject_type: str
    event_types: tuple[str, ...]
    make: Callable[[Revision], Sequence[Event]]

    def events(self, revision: Revision, wanted: Collection[str]) -> list[Event]:
        """Return the events of a revision that are of a wanted type; none named means all."""
        return [event for event in self.make(revision) if not wanted or event.type in wanted]

    def checked_types(self, wanted: Collection[str]) -> list[str]:
        """Return the wanted types in our order; raise RuleError for one that there is not."""
        if unknown := [name for name in wanted if name not in self.event_types]:
            known = ", ".join(self.event_types)
            raise RuleError(
                {
                    "event_types": Sentence(
                        "There is no event %(value)r. There are %(known)s.", value=unknown[0][:60], known=known
                    )
                }
            )
        return [name for name in self.event_types if name in wanted]


def shape_named(name: str) -> Shape:
    """Return the shape of this name; raise LookupError where no room has declared it."""
    return next((shape for shape in providers(Shape) if shape.name == name), None) or _missing(name)


def _missing(name: str) -> Shape:
    raise LookupError(f"no room declares the event shape {name!r}")
