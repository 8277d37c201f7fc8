"""Records as they come from a source: identified, fingerprinted, not yet understood."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import blake2b
from typing import Any, Final, Protocol

import msgspec

from catalog_app.core.strict_json import canonical, storable

from .text import CastError

HASH_LENGTH: Final = 32
"""Characters of one fingerprint; a source hash is two of them: of the record as sent, and of what it says."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be decoded without losing something: its text as it was sent, and what is wrong with it."""

    text: str
    reason: str


class RawRecord(msgspec.Struct, eq=False):
    """One record of a source. `sent_hash` is the fingerprint of the record as it was sent, under the mapping.

    `raw` is decoded exactly, with Decimals, when it is first asked for: an unchanged record never is. One that cannot be
    decoded has a `fault`, and its `raw` is the text that was sent. One that `is_deleted` bears the mark of a product that
    is gone, and need not be fit for mapping.
    """

    external_id: str
    sent_hash: str
    # The source's own time of change as it was sent; most are never read.
    updated_as_sent: Any
    read_moment: Callable[[Any], datetime]
    version: bytes
    exactly: Callable[[], Any]
    is_deleted: bool = False
    _raw: Any = None
    _fault: str | None = None
    _content_hash: str | None = None

    def __repr__(self) -> str:
        return f"RawRecord({self.external_id!r}, {self.sent_hash!r})"

    @property
    def source_updated_at(self) -> datetime | None:
        """The source's own time of change, or None where it gives none that can be read."""
        if self.updated_as_sent is None:
            return None
        try:
            return self.read_moment(self.updated_as_sent)
        except CastError:
            return None

    @property
    def raw(self) -> Any:
        if self._raw is None:
            found = self.exactly()
            self._raw = found.text if isinstance(found, Unreadable) else found
            self._fault = found.reason if isinstance(found, Unreadable) else None
        return self._raw

    @property
    def fault(self) -> str | None:
        """What keeps the record from being decoded, continuing the sentence that begins with it."""
        return self._fault if self.raw is not None else None

    @property
    def content_hash(self) -> str:
        """The fingerprint of what the record says, however its keys are ordered."""
        if self._content_hash is None:
            self._content_hash = fingerprint(canonical(self.raw), self.version)
        return self._content_hash

    @property
    def source_hash(self) -> str:
        return self.sent_hash + self.content_hash


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that cannot be used, with the field and the reason. `raw` is safe to store in any database."""

    external_id: str | None
    field: str
    reason: str
    raw: Any
    source_updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page. `seen_before` are the ids in it that an earlier page had too: settle those by `decide`."""

    number: int
    records: tuple[RawRecord, ...]
    rejected: tuple[RejectedRecord, ...]
    received: int
    expected_total: int | None
    bytes: int
    retries: int
    seen_before: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MappedRecord:
    """A record as product fields, every field the preset maps being there.

    `defaults_taken` names fields that no rule of the preset could tell. `remap_at` is the next moment
    at which a price begins or ends, when the same record would give another main price.
    """

    external_id: str
    values: dict[str, Any]
    defaults_taken: tuple[str, ...] = ()
    remap_at: datetime | None = None


class Sighting(Protocol):
    """What is needed of a record to settle which of two is right; a stored row will do."""

    @property
    def source_hash(self) -> str: ...
    @property
    def source_updated_at(self) -> datetime | None: ...


class Decision(Enum):
    KEEP_FIRST = "keep_first"
    TAKE_SECOND = "take_second"
    REJECT_BOTH = "reject_both"


def decide(first: Sighting, second: Sighting) -> Decision:
    """Say what to do with the second record of an id in one listing.

    Equal content counts once; otherwise the newer by the source's own time wins; without one, both go.
    """
    if first.source_hash[HASH_LENGTH:] == second.source_hash[HASH_LENGTH:]:
        return Decision.KEEP_FIRST
    before, after = first.source_updated_at, second.source_updated_at
    if before is None or after is None or before == after:
        return Decision.REJECT_BOTH
    return Decision.TAKE_SECOND if after > before else Decision.KEEP_FIRST


TWICE = "the id comes twice with different content, and no update time says which is newer"
TWICE_ONE_KNOWN = f"{TWICE}; the other one says what the source said before, so it is not kept here"
CONTRADICTIONS = frozenset({TWICE, TWICE_ONE_KNOWN})
"""Why records were set aside that contradict others of their id: no mapping makes one of them the right one."""


def settle(records: Sequence[RawRecord]) -> tuple[list[RawRecord], list[RejectedRecord]]:
    """Return the records of one page with each id once, and those that contradict each other."""
    kept: dict[str, RawRecord] = {}
    refused: dict[str, list[RawRecord]] = {}
    for record in records:
        name = record.external_id
        if name in refused:
            refused[name].append(record)
        elif (first := kept.setdefault(name, record)) is not record:
            match decide(first, record):
                case Decision.TAKE_SECOND:
                    kept[name] = record
                case Decision.REJECT_BOTH:
                    refused[name] = [kept.pop(name), record]
                case Decision.KEEP_FIRST:
                    pass
    rejected = [
        RejectedRecord(record.external_id, "external_product_id", TWICE, storable(record.raw), record.source_updated_at)
        for twins in refused.values()
        for record in twins
    ]
    return list(kept.values()), rejected


def fingerprint(content: Any, mapping_version: bytes) -> str:
    """Return the fingerprint of a record's content, as bytes of any kind, under a mapping."""
    return blake2b(content, digest_size=HASH_LENGTH // 2, key=mapping_version).hexdigest()
