"""The ways to find a page on SQLite, and what each costs, in microseconds as they were measured (ADR 0013)."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

_LOOK: Final = 2.0
"""To read a product that the index found, and to verify it."""
_WALK: Final = 3.2
"""To read and verify the next product of a sort order; of the order by id, whose products lie side by side, less."""
_WALK_BY_ID: Final = 0.8
_STEP: Final = 0.15
"""To step to the next entry of a database index, and see whether its id is among those that were gathered."""
_GATHER: Final = 0.35
"""To put an id that the index found among those."""
_FAR: Final = 3
"""So many times farther than chance would have it lies what is looked for: products that are alike lie together."""
_FAR_BY_WORDS: Final = 100
"""The same where the order goes by words: a whole script may come before the one that is looked for."""
_SCARCE: Final = 1e-6


class Way(Enum):
    """How a page is found."""

    STREAM = "stream"
    """Follow the search index, which goes by id, and stop when the page is full."""
    COLLECT = "collect"
    """Take all that the search index finds, and sort."""
    WALK = "walk"
    """Follow the sort order and verify each product, until the page is full."""
    WALK_GATHERED = "walk among gathered"
    """The same, but look only at products that the search index found before."""
    SIFT = "sift"
    """Take all that the filters leave, verify each, and sort."""
    SIFT_GATHERED = "sift among gathered"


@dataclass(frozen=True)
class Facts:
    """What is known, or guessed from a sample, of a question.

    `products` there are, `matches` the index finds; `share` of these is right and passes the filters. `filtered` is how
    many products a database index gives for the filters; None where none does. Where the order goes `by_words`, what is
    written in one script lies together, far from the others.
    """

    wanted: int
    by_id: bool
    by_words: bool
    is_indexed: bool
    products: float
    matches: float
    share: float
    filtered: float | None


def best_way(facts: Facts) -> Way:
    """Return the way that costs least."""
    costs = _costs(facts)
    return min(costs, key=lambda way: costs[way])


def _costs(facts: Facts) -> dict[Way, float]:
    share = max(facts.share, _SCARCE)
    seen = min(facts.matches, facts.wanted / share)
    """Matches that are looked at before the page is full."""
    density = max(facts.matches / max(facts.products, 1), _SCARCE)
    far = _FAR_BY_WORDS if facts.by_words else _FAR
    passed = min(facts.products, facts.wanted / (share * density) * far)
    gathering = facts.matches * _GATHER
    costs = {Way.WALK: passed * (_WALK_BY_ID if facts.by_id else _WALK)}
    if facts.filtered is not None:
        costs[Way.SIFT] = facts.filtered * _LOOK
    if facts.is_indexed:
        costs[Way.COLLECT] = facts.matches * _LOOK
        costs[Way.WALK_GATHERED] = gathering + passed * _STEP + seen * _LOOK
        if facts.by_id:
            costs[Way.STREAM] = seen * _LOOK
        if facts.filtered is not None:
            costs[Way.SIFT_GATHERED] = gathering + facts.filtered * _STEP + facts.filtered * density * _LOOK
    return costs
