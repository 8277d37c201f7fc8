"""Logged decisions as arrays: what could have been offered, what was, how likely that was, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog_app.recommendations.decisions.candidate_sets import unpacked
from catalog_app.recommendations.evaluation.found import Measure
from catalog_app.recommendations.evaluation.off_policy import Log

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Features = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class LoggedDecisions:
    """n decisions among P products, the oldest first.

    `product_ids` (P,) ascend, `described` are their features, and `value` (P,) what each is worth. `weight` (K, P) are
    context times value times levers as the settings stand now, one row for each context of the log; `context` (n,)
    names the row of each decision. `sets` are the candidate sets as they are kept, `among` (n,) names that of each.
    `offer` (n,) is the column of the first offer, made with `probability` (n,) and `accepted` (n,) or not. `customer`
    (n,) tells customers apart. `learns` says whether propensity takes part in priorities.
    """

    product_ids: Integers
    described: Sequence[Features]
    value: Array
    weight: Array
    context: Integers
    sets: Sequence[bytes]
    among: Integers
    features: Sequence[Features]
    owned: Sequence[Sequence[int]]
    offer: Integers
    probability: Array
    accepted: Array
    customer: Integers
    learns: bool = True

    def __len__(self) -> int:
        return len(self.offer)

    def log(self, measure: Measure = "acceptance") -> Log:
        """Return the log for the estimators: the reward of an accepted offer is 1, or what it is worth."""
        return Log(self.accepted * self.worth(measure)[self.offer], self.probability, self.customer)

    def worth(self, measure: Measure) -> Array:
        """Return the reward of an acceptance of each product, (P,)."""
        return self.value if measure == "value" else np.ones(len(self.value))

    def candidates(self, rows: slice) -> NDArray[np.bool_]:
        """Return what could have been offered in some of the decisions, (rows, P)."""
        found = np.zeros((len(self.among[rows]), len(self.product_ids)), np.bool_)
        for row, number in enumerate(self.among[rows].tolist()):
            found[row, np.searchsorted(self.product_ids, unpacked(self.sets[number]))] = True
        return found
