"""Exploration: some offers are left to chance, with exact probabilities, so that they show what others would have brought.

Customers are dealt to arms by hash(customer, month): by default 2 % get offers drawn evenly ("uniform"), 1 % get no offer
("silent", to see what offers bring at all), the others get an epsilon-softmax over the priorities ("softmax"): in
`epsilon` of the decisions an even draw, else one in proportion to priority ^ (1 / temperature), which is the softmax of
the logarithms and so does not depend on the currency of the value.

Which probability is logged
    The one **given the arm**. A customer's arm is settled before the decision, so this is how likely the offer was given
    everything that went before it, whatever that was; weighting by it is unbiased decision by decision. The mixture
    over the hash (0.02 x even + 0.97 x softmax) would be right for the first decision of a customer in a month only:
    later ones meet a customer whose holdings, declines and limits come from what the arm offered before, so the arm is
    no longer independent of them. An anonymous customer's arm is drawn for each decision, and the probability means the
    same; none of them is silent, since nobody can count what they do. Customers of the silent arm are a random part of
    all, so leaving them out of an evaluation of offers takes nothing from it.

How many offers take part
    Every probability is at least FLOOR, so no more than 1 / FLOOR = 500 offers can be drawn evenly, and no more than
    epsilon / FLOOR by the epsilon-softmax (25 at 5 %). Where more are eligible, those with the highest priorities
    take part. Everything else has probability 0, which an evaluation counts and tells as what is not covered.

Further places are drawn without replacement: the probability of each is that given the offers before it. When all that
take part are placed, the rest follows by priority, with probability 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from random import Random
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from catalog_app.recommendations.scoring.arbitration import best
from catalog_app.recommendations.scoring.arms import SILENT, SOFTMAX, UNIFORM

Array = NDArray[np.float64]

FLOOR: Final = 0.002
"""How likely an offer is at least that takes part, so that no decision weighs more than 500 times in an evaluation."""
_PARTS: Final = 1 << 64
# 0.05 / 0.002 is a hair below 25 in floating point, or above, depending on the numbers.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Exploration:
    """How much is left to chance: shares of the customers, and the two numbers of the epsilon-softmax."""

    on: bool = False
    uniform: float = 0.02
    silent: float = 0.01
    epsilon: float = 0.05
    temperature: float = 0.1

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Return what the settings say (models.NboSettings.exploration); what they leave out is as it is by default."""
        return cls(**told)

    def reach(self, arm: str, eligible: int) -> int:
        """Return how many of the eligible take part in an arm, so that each is as likely as FLOOR."""
        share = 1.0 if arm == UNIFORM else self.epsilon
        return min(eligible, max(1, int(share / FLOOR + _ROUNDING)))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Places in the priorities, in the order of the offers; and how likely each was, given those before it."""

    places: tuple[int, ...]
    probabilities: tuple[float, ...]


def arm_of(customer: str | None, at: datetime, exploration: Exploration, chance: Random) -> str | None:
    """Return the arm that a customer (a hash) is in during this month (UTC); None while nothing is explored.

    Without a customer it is drawn from `chance`. A larger share takes in those of a smaller one and others: raising
    one moves nobody between the other two arms.
    """
    if not exploration.on:
        return None
    part = chance.random() if customer is None else _part(customer, at)
    if part < exploration.uniform:
        return UNIFORM
    return SILENT if customer is not None and part >= 1 - exploration.silent else SOFTMAX


def choose(priorities: Array, limit: int, *, exploration: Exploration, arm: str | None, chance: Random) -> Chosen:
    """Return which offers to make, at most `limit`, and with which probability each was chosen at its place.

    `priorities` (P,) are not negative. Without an arm the best come first, with probability 1; in the silent arm there
    are none. The same arm, priorities and state of `chance` give the same answer, so a decision can be worked out
    again from its seed. Raises ValueError for a negative priority, which no softmax of logarithms has a place for.
    """
    if arm == SILENT or not len(priorities):
        return Chosen((), ())
    if arm is None:
        return _certain(best(priorities, limit))
    if priorities.min() < 0:
        raise ValueError("a priority is negative")
    reach = exploration.reach(arm, len(priorities))
    takes_all = reach == len(priorities)
    taking_part = np.arange(reach) if takes_all else best(priorities, reach)
    drawn = _drawn(_logits(priorities[taking_part], arm, exploration), limit, _even_share(arm, exploration), chance)
    chosen = Chosen(tuple(int(taking_part[index]) for index, _ in drawn), tuple(likely for _, likely in drawn))
    if takes_all or limit <= reach:
        return chosen
    rest = _certain(best(priorities, limit)[reach:])
    return Chosen(chosen.places + rest.places, chosen.probabilities + rest.probabilities)


def probabilities(logits: Array, even_share: float) -> Array:
    """Return how likely each of those left is to be drawn next: an even share of all, the rest by softmax."""
    if even_share == 1:
        return np.full(len(logits), 1 / len(logits))
    highest = logits.max()
    if highest == -np.inf:
        # Every priority is 0: none is preferred to another.
        return np.full(len(logits), 1 / len(logits))
    weights = np.exp(logits - highest)
    return np.asarray((1 - even_share) / weights.sum() * weights + even_share / len(logits))


def _drawn(logits: Array, limit: int, even_share: float, chance: Random) -> list[tuple[int, float]]:
    left, drawn = np.arange(len(logits)), list[tuple[int, float]]()
    for _ in range(min(limit, len(logits))):
        if drawn:
            left = left[left != drawn[-1][0]]
        likely = probabilities(logits[left], even_share)
        cumulated = likely.cumsum()
        place = min(int(cumulated.searchsorted(chance.random() * cumulated[-1], side="right")), len(left) - 1)
        # The last of all is certain; a sum of softmax parts may leave it a hair below.
        drawn.append((int(left[place]), float(likely[place]) if len(left) > 1 else 1.0))
    return drawn


def _logits(priorities: Array, arm: str, exploration: Exploration) -> Array:
    if arm == UNIFORM:
        return np.zeros(len(priorities))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(priorities) / exploration.temperature)


def _even_share(arm: str, exploration: Exploration) -> float:
    return 1.0 if arm == UNIFORM else exploration.epsilon


def _certain(places: NDArray[np.int64]) -> Chosen:
    return Chosen(tuple(places.tolist()), (1.0,) * len(places))


def _part(customer: str, at: datetime) -> float:
    digest = sha256(f"{at:%Y-%m}:{customer}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / _PARTS
