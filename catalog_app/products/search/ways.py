"""The ways to find a page on SQLite, and what each costs, in microseconds as they were measured (ADR 0013, 0024)."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

_LOOK: Final = 1.5
"""To read a product that the index found, and to verify it."""
_LOOK_BY_ID: Final = 0.8
"""The same in the order by id, whose products lie side by side."""
_STEP: Final = 0.15
"""To step to the next entry of a database index, and see what stands in it, or whether its id was gathered."""
_GATHER: Final = 0.35
"""To put an id that the index found among those."""
_FAR: Final = 3
"""So many times farther than chance would have it lies what is looked for: products that are alike lie together."""
_FAR_BY_WORDS: Final = 100
"""The same where the order goes by words: a whole script may come before the one that is looked for."""
_SCARCE: Final = 1e-6
_FIRST_STEPS: Final = 1_000
_MORE: Final = 4
"""A trial that has not filled the page is followed by one that goes so many times as far."""


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
    many products a database index gives for the filters; None where none does. Of the products in a sort order
    `looked_at` have to be read, for what stands in the index itself does not rule them out. Where the order goes
    `by_words`, what is written in one script lies together, far from the others.
    """

    wanted: int
    by_id: bool
    by_words: bool
    is_indexed: bool
    products: float
    matches: float
    share: float
    filtered: float | None
    looked_at: float = 1.0


@dataclass(frozen=True)
class Choice:
    """The way to go, and how far to walk before: so many steps of the sort order, then so many more.

    How near to its beginning an order has what is looked for, no sample tells. So it is tried, for as long as the
    trials cost no more than the way that is sure.
    """

    way: Way
    trials: tuple[int, ...] = ()


def best_way(facts: Facts) -> Choice:
    """Return the way that costs least; at worst twice that is spent."""
    costs = _costs(facts)
    if facts.by_id or len(costs) == 1:
        return Choice(min(costs, key=lambda way: costs[way]))
    del costs[Way.WALK]
    way = min(costs, key=lambda way: costs[way])
    return Choice(way, _trials(facts, costs[way] / _walking(facts)))


def _trials(facts: Facts, worth: float) -> tuple[int, ...]:
    """Return how far to walk, for at most so many steps; not at all where chance does not promise a page within these."""
    if _by_chance(facts) > worth:
        return ()
    found: list[int] = []
    steps = _FIRST_STEPS
    while steps <= worth:
        found.append(steps)
        worth -= steps
        steps *= _MORE
    return tuple(found)


def _walking(facts: Facts) -> float:
    return _LOOK_BY_ID if facts.by_id else _STEP + facts.looked_at * _LOOK


def _by_chance(facts: Facts) -> float:
    """Return how many products of a sort order fill a page, were they well mixed."""
    return facts.wanted / (max(facts.share, _SCARCE) * _density(facts))


def _density(facts: Facts) -> float:
    return max(facts.matches / max(facts.products, 1), _SCARCE)


def _costs(facts: Facts) -> dict[Way, float]:
    seen = min(facts.matches, facts.wanted / max(facts.share, _SCARCE))
    """Matches that are looked at before the page is full."""
    far = _FAR_BY_WORDS if facts.by_words else _FAR
    passed = min(facts.products, _by_chance(facts) * far)
    gathering = facts.matches * _GATHER
    costs = {Way.WALK: passed * _walking(facts)}
    if facts.filtered is not None:
        costs[Way.SIFT] = facts.filtered * _LOOK
    if facts.is_indexed:
        costs[Way.COLLECT] = facts.matches * _LOOK
        costs[Way.WALK_GATHERED] = gathering + passed * _STEP + seen * _LOOK
        if facts.by_id:
            costs[Way.STREAM] = seen * _LOOK
        if facts.filtered is not None:
            costs[Way.SIFT_GATHERED] = gathering + facts.filtered * _STEP + facts.filtered * _density(facts) * _LOOK
    return costs
