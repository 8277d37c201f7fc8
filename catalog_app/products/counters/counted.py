"""What is counted of a product: the few words that the counts are by, and when it can be sold."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

Counted = tuple[str, str, str, str, int, int | None, int | None]
"""Type, status, system, sync state, whether it can be sold inside its window, and from when to when (microseconds).

Text and numbers only, so that it may lie in a file. Products that are counted alike have the same.
"""

LEVELS = (0, 34, 40, 46)
"""By how many bits a moment is shortened on each level: exact, and stretches of 5 hours, 13 days and 2 years."""

DIMENSIONS = ("product_type", "lifecycle_status", "external_system", "sync_state")
"""The words of a kind. What could be sold at the beginning of time is one dimension more, of one word."""

COUNTED = (
    "product_type", "lifecycle_status", "external_system", "sync_state", "is_available", "missing_since", "quota_left",
    "valid_from", "valid_to", "field_locks",
)  # fmt: skip
"""The columns of a product that `counted` looks at."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Countable(Protocol):
    """What must be known of a product to count it; the model has it, and so has a row with these columns."""

    @property
    def product_type(self) -> str: ...
    @property
    def lifecycle_status(self) -> str: ...
    @property
    def external_system(self) -> str: ...
    @property
    def sync_state(self) -> str: ...
    @property
    def is_available(self) -> bool: ...
    @property
    def missing_since(self) -> datetime | None: ...
    @property
    def quota_left(self) -> int | None: ...
    @property
    def valid_from(self) -> datetime | None: ...
    @property
    def valid_to(self) -> datetime | None: ...
    @property
    def field_locks(self) -> Mapping[str, Any]: ...


def counted(product: Countable) -> Counted:
    """Return what is counted of a living product; a deleted one is not counted at all."""
    return counted_as(
        product.product_type,
        product.lifecycle_status,
        product.external_system,
        product.sync_state,
        is_open=is_open(product),
        window=(product.valid_from, product.valid_to),
    )


def counted_as(
    product_type: str,
    lifecycle_status: str,
    external_system: str,
    sync_state: str,
    *,
    is_open: bool,
    window: tuple[datetime | None, datetime | None],
) -> Counted:
    """Return the same from its parts."""
    begin, end = map(microseconds, window) if is_open else (None, None)
    return product_type, lifecycle_status, external_system, sync_state, int(is_open), begin, end


def is_open(product: Countable) -> bool:
    """Return whether the product can be sold whenever its window is open: `available_now` without the clock."""
    return (
        product.lifecycle_status == "launched"
        and product.is_available
        and product.missing_since is None
        and (product.quota_left is None or product.quota_left > 0)
        and "theirs" not in product.field_locks.get("lifecycle_status", {})
    )


def microseconds(moment: datetime | None) -> int | None:
    """Return the microseconds from 1970 to a moment."""
    return None if moment is None else (moment - EPOCH) // MICROSECOND


def kinds(differences: Mapping[Counted, int]) -> Counter[tuple[str, str, str, str, bool]]:
    """Return how the count of each kind moves; those that are for sale from the beginning of time are a kind of it."""
    moved: Counter[tuple[str, str, str, str, bool]] = Counter()
    for (*words, open_, begin, end), n in differences.items():
        product_type, status, system, state = words
        moved[product_type, status, system, state, bool(open_) and begin is None and _is_window(begin, end)] += n
    return moved


def tallies(moved: Mapping[tuple[str, str, str, str, bool], int]) -> Counter[tuple[int, str]]:
    """Return how the count of each word moves, given how the kinds do."""
    found: Counter[tuple[int, str]] = Counter()
    for (*words, is_open_at_first), n in moved.items():
        for place in enumerate(words):
            found[place] += n
        if is_open_at_first:
            found[len(DIMENSIONS), ""] += n
    return found


def edges(differences: Mapping[Counted, int]) -> Counter[tuple[int, int]]:
    """Return how what can be sold moves from each moment on, by level and stretch."""
    exact: Counter[int] = Counter()
    for (*_, open_, begin, end), n in differences.items():
        if open_ and _is_window(begin, end):
            for at, more in _ends(begin, end, n):
                exact[at] += more
    moved: Counter[tuple[int, int]] = Counter()
    for at, n in exact.items():
        for level, bits in enumerate(LEVELS):
            moved[level, at >> bits] += n
    return moved


def _ends(begin: int | None, end: int | None, n: int) -> Iterator[tuple[int, int]]:
    if begin is not None:
        yield begin, n
    if end is not None:
        yield end, -n


def _is_window(begin: int | None, end: int | None) -> bool:
    """Return whether the window is ever open."""
    return begin is None or end is None or begin < end
