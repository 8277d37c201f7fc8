"""The compiled catalogue of each process: kept as long as the catalogue's version stands, and then brought up to date.

Nothing of it is used before its version was compared, so it is never older than what was committed when it was asked
for. When the version has moved, the versions of the launched products say which of them have to be read again.
"""

import threading
from collections.abc import Mapping
from typing import Final

import msgspec
import orjson

from catalog_app.core.reader import Reader, Rows
from catalog_app.core.wiring import kept
from catalog_app.products.masks.cards import BOUNDLESS, READ, Entry, entry_of
from catalog_app.products.masks.compiled import Compiled
from catalog_app.products.masks.related import forms_of, named_by
from catalog_app.products.reads import catalogue_version

_STANDING: Final = "SELECT id, version, quota_left FROM product_document WHERE sale_to > 0 ORDER BY id"
_LAUNCHED: Final = f"{READ} sale_to > 0"
_OF_SQLITE: Final = f"{_LAUNCHED} AND id IN (SELECT value FROM json_each(?))"  # noqa: S608  # our own words
_OF_POSTGRESQL: Final = f"{_LAUNCHED} AND id = ANY(%s)"


class CompiledCatalogue:
    """The compiled catalogue of one application's database."""

    def __init__(self) -> None:
        self._last: Compiled | None = None
        self._making = threading.Lock()

    def at(self, reader: Reader, version: int | None = None) -> Compiled:
        """Return the catalogue as it is committed now; `version` saves a look where the caller has just read it.

        Where the version has moved, one thread brings it up to date and the others wait for it: the number, version
        and quota of each launched product are read, and the document of each that changed.
        """
        if version is None:
            version = int(reader.value(catalogue_version.READ))
        last = self._last
        if last is not None and last.version == version:
            return last
        with self._making, reader.snapshot():
            version = int(reader.value(catalogue_version.READ))
            last = self._last
            if last is None or last.version != version:
                last = self._last = _made(reader, version, last)
            return last


def compiled_catalogue() -> CompiledCatalogue:
    """Return what the running application keeps."""
    return kept(CompiledCatalogue, CompiledCatalogue)


def _made(reader: Reader, version: int, last: Compiled | None) -> Compiled:
    known = {} if last is None else {entry.id: entry for entry in last.entries}
    entries = _entries(reader, known) if known else [entry_of(row) for row in reader.rows(f"{_LAUNCHED} ORDER BY id")]
    named = named_by(entry.card for entry in entries if entry.card.relations)
    targets = {} if last is None else {one: both for one, both in last.targets.items() if both is not None}
    # What a product is called never changes; only what was not there before may be there now.
    return Compiled(version, entries, targets | forms_of(reader, named - targets.keys()))


def _entries(reader: Reader, known: Mapping[int, Entry]) -> list[Entry]:
    standing = reader.rows(_STANDING)
    changed = [number for number, version, _ in standing if number not in known or known[number].version != version]
    read = {row[0]: entry_of(row) for row in _documents(reader, changed)} if changed else {}
    return [read.get(number) or _with_quota(known[number], quota) for number, _, quota in standing]


def _documents(reader: Reader, numbers: list[int]) -> Rows:
    if reader.is_postgresql:
        return reader.rows(_OF_POSTGRESQL, (numbers,))
    return reader.rows(_OF_SQLITE, (orjson.dumps(numbers).decode(),))


def _with_quota(entry: Entry, left: int | None) -> Entry:
    """Return the entry with what is left of its quota, which falls without a new version of the product."""
    quota = BOUNDLESS if left is None else left
    if quota == entry.quota:
        return entry
    return entry._replace(quota=quota, card=msgspec.structs.replace(entry.card, quota_left=left))
