"""Whether a listing was read to its end: the proof without which nothing is ever withdrawn."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

_MASK: Final = 2**64 - 1
_FIRST_SIZE: Final = 1024


@dataclass(frozen=True)
class ListingProof:
    """What is known of a listing so far. `reasons` says in words why it is not complete; only a finished one can be."""

    complete: bool
    reasons: tuple[str, ...]
    pages: int
    rows: int
    total: int | None
    retries: int
    bytes: int


class Sight(Enum):
    NEW = "new"
    SAME = "same"
    CHANGED = "changed"


# An attribute of an enumeration costs a look-up, and these are wanted for every row.
_NEW, _SAME, _CHANGED = Sight.NEW, Sight.SAME, Sight.CHANGED


class SeenRecords:
    """Remembers which ids came, with which content, in 16 to 48 bytes each.

    Ids are kept as 64-bit fingerprints: among a million, the odds of one mistaken "seen" are one in
    thirty million, and all it does is to call a complete listing incomplete.
    """

    def __init__(self) -> None:
        self._ids = array("Q", bytes(8 * _FIRST_SIZE))
        self._contents = array("Q", bytes(8 * _FIRST_SIZE))
        self._count = 0

    def add(self, external_id: str, content: str) -> Sight:
        return self.add_all([(external_id, content)])[0]

    def add_all(self, looks: Sequence[tuple[str, str]]) -> list[Sight]:
        """Take note of (id, content) in turn, and return for each whether it came before."""
        while (self._count + len(looks)) * 3 >= len(self._ids) * 2:
            self._grow()
        ids, contents, mask = self._ids, self._contents, len(self._ids) - 1
        sights: list[Sight] = []
        for external_id, content in looks:
            key = hash(external_id) & _MASK or 1
            digest = hash(content) & _MASK
            slot = key & mask
            while (there := ids[slot]) and there != key:
                slot = (slot + 1) & mask
            if there:
                sights.append(_SAME if contents[slot] == digest else _CHANGED)
            else:
                ids[slot] = key
                self._count += 1
                sights.append(_NEW)
            contents[slot] = digest
        return sights

    @property
    def memory(self) -> int:
        """Bytes taken."""
        return 2 * self._ids.itemsize * len(self._ids)

    def _slot(self, key: int) -> int:
        ids, mask = self._ids, len(self._ids) - 1
        slot = key & mask
        while ids[slot] and ids[slot] != key:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        ids, contents = self._ids, self._contents
        self._ids = array("Q", bytes(16 * len(ids)))
        self._contents = array("Q", bytes(16 * len(ids)))
        for key, digest in zip(ids, contents, strict=True):
            if key:
                slot = self._slot(key)
                self._ids[slot] = key
                self._contents[slot] = digest


class Ledger:
    """Keeps the account of one listing, page by page."""

    def __init__(self) -> None:
        self.pages = 0
        self.rows = 0
        self.retries = 0
        self.bytes = 0
        self.total: int | None = None
        self._reasons: dict[str, None] = {}
        self._barren = 0
        self._rows_before = 0
        self._is_finished = False

    def begin_pass(self) -> None:
        """Begin the next pass over the listing; a total counts within its own pass."""
        self._check_total()
        self._rows_before, self.total, self._barren = self.rows, None, 0

    def doubt(self, reason: str) -> None:
        """Note why this listing cannot be called complete."""
        self._reasons[reason] = None

    def answered(self, total: int | None, doubts: Iterable[str], *, received: int, retries: int) -> None:
        """Take note of an answer, and of the total that it names."""
        self.pages += 1
        self.bytes += received
        self.retries += retries
        self._reasons.update(dict.fromkeys(doubts))
        if total is None:
            return
        total += self._rows_before
        if self.total is not None and total != self.total:
            self.doubt(f"the total changed from {self.total} to {total} while reading, so rows may have been skipped")
        self.total = total

    def is_repeated(self, sights: list[Sight]) -> bool:
        """Tell whether a page brings nothing further; one that brings changed rows but no new id may come once."""
        if not sights or Sight.NEW in sights:
            self._barren = 0
            return False
        self._barren += 1
        return Sight.CHANGED not in sights or self._barren > 1

    def finished(self) -> None:
        """Close the account at the end that paging proved."""
        self._is_finished = True
        self._check_total()

    def _check_total(self) -> None:
        if self.total is not None and self.total != self.rows:
            self.doubt(f"the source says it has {self.total} rows, but {self.rows} came")

    @property
    def proof(self) -> ListingProof:
        reasons = tuple(self._reasons)
        if not self._is_finished and not reasons:
            reasons = ("it was not read to its end",)
        return ListingProof(
            complete=self._is_finished and not reasons,
            reasons=reasons,
            pages=self.pages,
            rows=self.rows,
            total=self.total,
            retries=self.retries,
            bytes=self.bytes,
        )
