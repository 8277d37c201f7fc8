"""How the catalogue stands: its version, and what stays the same until it moves or a window opens or closes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, cast

from flask import Flask

from catalog_app.core.reader import Reader
from catalog_app.core.wiring import providers_of
from catalog_app.products.reads import catalogue_version
from catalog_app.products.reads.documents import microseconds

# The moment comes first: SQLite enters an index at the first bound that it reads, and walks from there to the other.
_NEXT_OPENING = "SELECT min(sale_from) FROM product_document WHERE sale_from > {} AND sale_from > 0"
_NEXT_CLOSING = (
    "SELECT min(sale_to) FROM product_document WHERE sale_to > {} AND sale_to > 0 AND sale_to < 4611686018427387904"
)
NEVER: Final = 0
_KEPT = "catalog-standing"


class SystemMarks(Protocol):
    def marks(self, reader: Reader) -> Mapping[str, datetime]:
        """Return when a complete run last saw all that a system has, by its key; whoever moves one, moves the version."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true at one version from `since` on, until the next window opens or closes at `until`, if ever.

    Moments are in microseconds.
    """

    version: int
    marks: Mapping[str, int]
    since: int
    until: int

    def holds(self, version: int, now: int) -> bool:
        return self.version == version and self.since <= now and (self.until == NEVER or now < self.until)

    def tag(self, query: str) -> str:
        """Return the entity tag of what a query answers as long as this holds."""
        return f'"{self.version:x}-{self.until:x}-{query}"'


class Standings:
    """Remembers how the catalogue stood last: nothing of it is used before its version was compared."""

    def __init__(self, marks_of: Callable[[Reader], Mapping[str, datetime]]) -> None:
        self._marks_of = marks_of
        self._last: Standing | None = None
        self._stats: tuple[Standing, bytes] | None = None

    def at(self, reader: Reader, now: int) -> Standing:
        """Return how the catalogue stands in the snapshot of `reader`, or at the statement, outside of one."""
        version = int(reader.value(catalogue_version.READ))
        last = self._last
        if last is not None and last.holds(version, now):
            return last
        with reader.snapshot():
            found = self._last = self._read(reader, now)
        return found

    def stats(self, standing: Standing, make: Callable[[], bytes]) -> bytes:
        """Return the counts as long as the catalogue stands like this; `make` counts them anew after that."""
        last = self._stats
        if last is None or last[0] is not standing:
            last = self._stats = (standing, make())
        return last[1]

    def _read(self, reader: Reader, now: int) -> Standing:
        version = int(reader.value(catalogue_version.READ))
        edges = [reader.value(edge.format(reader.place), (now,)) for edge in (_NEXT_OPENING, _NEXT_CLOSING)]
        marks = {key: microseconds(moment) for key, moment in self._marks_of(reader).items()}
        return Standing(version, marks, now, min(filter(None, edges), default=NEVER))


def standings_of(app: Flask) -> Standings:
    """Return what an application remembers."""
    if _KEPT not in app.extensions:
        answering = providers_of(app, SystemMarks)
        # Two threads may make one each; all of them keep the first.
        app.extensions.setdefault(_KEPT, Standings(lambda reader: _all(answering, reader)))
    return cast("Standings", app.extensions[_KEPT])


def _all(answering: tuple[SystemMarks, ...], reader: Reader) -> Mapping[str, datetime]:
    return {key: moment for source in answering for key, moment in source.marks(reader).items()}
