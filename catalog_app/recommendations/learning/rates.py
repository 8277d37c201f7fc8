"""How often each product is accepted, before there is enough to tell customers apart.

A product's rate has a Beta prior around the rate of all (Robbins 1956, empirical Bayes): its strength, in impressions, is
what the products' differences leave over for chance (method of moments). Where there is an affinity, the log odds rise
and fall with how much more than usual the customer tends to the product.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .affinity import Affinity
from .design import Array, Integers
from .holdings import Holdings

WEAKEST, STRONGEST = 2.0, 1_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Beta posteriors of P products: `accepted` and `declined` (P,), prior included; `usual` (P,) log odds of affinity.

    `prior` is the Beta prior (accepted, declined), which a product that was never shown has.
    """

    accepted: Array
    declined: Array
    usual: Array
    prior: tuple[float, float]

    @classmethod
    def fit(cls, offer: Integers, accepted: Array, products: int) -> Self:
        """Fit to impressions: the product of each (n,) and whether it was accepted (n,)."""
        shown = np.bincount(offer, minlength=products).astype(float)
        hits = np.bincount(offer, weights=accepted, minlength=products).astype(float)
        rate = (hits.sum() + 0.5) / (shown.sum() + 1.0)
        strength = _strength(shown, hits, rate)
        prior = (rate * strength, (1 - rate) * strength)
        return cls(hits + prior[0], shown - hits + prior[1], np.zeros(products), prior)

    def beside(self, affinity: Affinity, holdings: Holdings, features: NDArray[np.floating] | None) -> "Rates":
        """The same, told what affinity is usual for each product among these customers."""
        propensity = affinity.propensity(affinity.scores(holdings, features)).mean(0)
        return Rates(self.accepted, self.declined, log_odds(propensity), self.prior)

    @property
    def levels(self) -> Array:
        """The log odds of each product's rate."""
        return np.log(self.accepted / self.declined)

    @property
    def pooled(self) -> float:
        """The log odds of the prior."""
        return float(np.log(self.prior[0] / self.prior[1]))

    @property
    def uncertainty(self) -> Array:
        """The standard deviation of the levels, about."""
        return np.sqrt(1 / self.accepted + 1 / self.declined)

    @property
    def prior_uncertainty(self) -> float:
        """That of a product that was never shown."""
        return float(np.sqrt(1 / self.prior[0] + 1 / self.prior[1]))

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        arrays = {"accepted": self.accepted, "declined": self.declined, "usual": self.usual}
        return arrays, {"prior": list(self.prior)}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> Self:
        accepted, declined = facts["prior"]
        return cls(arrays["accepted"], arrays["declined"], arrays["usual"], (accepted, declined))


def log_odds(probability: Array) -> Array:
    """log(p / (1 - p))."""
    odds: Array = np.log(probability) - np.log1p(-probability)
    return odds


def _strength(shown: Array, hits: Array, rate: float) -> float:
    """The prior's weight in impressions: Kleinman's (1973) moment estimate for overdispersed proportions."""
    told = shown > 0
    number, count = shown[told], int(told.sum())
    spread = (number * (hits[told] / number - rate) ** 2).sum()
    chance = rate * (1 - rate)
    freedom = number.sum() - (number**2).sum() / number.sum() if count > 1 else 0.0
    excess = spread - chance * (count - 1)
    if freedom <= 0 or excess <= 0:
        return STRONGEST
    share = excess / (chance * (freedom - (count - 1))) if freedom > count - 1 else 1.0
    return float(np.clip(1 / share - 1, WEAKEST, STRONGEST))
