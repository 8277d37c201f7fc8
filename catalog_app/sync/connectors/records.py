"""Records as they come from a source: identified, fingerprinted, not yet understood."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from hashlib import blake2b
from typing import Any, Protocol

from catalog_app.core.strict_json import canonical, storable


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record of a source. `source_hash` covers its content, however its keys are ordered, and the mapping.

    `raw` is decoded exactly, with Decimals, when it is first asked for: an unchanged record never is.
    """

    external_id: str
    source_hash: str
    source_updated_at: datetime | None
    exactly: Callable[[], Any] = field(repr=False, compare=False)

    @property
    def raw(self) -> Any:
        return self.exactly()


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that cannot be used, with the field and the reason. `raw` is safe to store in any database."""

    external_id: str | None
    field: str
    reason: str
    raw: Any


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
    if first.source_hash == second.source_hash:
        return Decision.KEEP_FIRST
    before, after = first.source_updated_at, second.source_updated_at
    if before is None or after is None or before == after:
        return Decision.REJECT_BOTH
    return Decision.TAKE_SECOND if after > before else Decision.KEEP_FIRST


TWICE = "the id comes twice with different content, and no update time says which is newer"


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
        RejectedRecord(record.external_id, "external_product_id", TWICE, storable(record.raw))
        for twins in refused.values()
        for record in twins
    ]
    return list(kept.values()), rejected


def content_hash(raw: Any, mapping_version: bytes) -> str:
    """Return the fingerprint of a record under a mapping; raise StrictJsonError for text that is no Unicode."""
    return blake2b(canonical(raw), digest_size=16, key=mapping_version).hexdigest()
