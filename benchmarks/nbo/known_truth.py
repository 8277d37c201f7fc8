"""Offers whose every answer is known: learned from one random offer per customer, judged on customers not seen.

What a customer visibly holds is `owned`; it trains the affinity too, as it would in service. The offers are hidden where
they would be accepted, so no row of training shows its own outcome.
"""

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.nbo.figures import Figure
from catalog_app.recommendations.learning.fitting import fit_model
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Customer, Impressions, TrainingData

NAME = "known truth"
SEEDS = (42, 1)
MISCALIBRATED = 0.10


def run(protocol: ModuleType) -> list[Figure]:
    """Measure the value of the best offer per customer, and how far predictions are off over all offers."""
    values, off = zip(*(_measure(protocol, seed) for seed in SEEDS), strict=True)
    return [
        Figure(NAME, "value", float(np.mean(values)), target=0.412, goal=0.42),
        Figure(NAME, "calibration error", max(off), target=MISCALIBRATED, at_least=False),
    ]


def _measure(protocol: ModuleType, seed: int) -> tuple[float, float]:
    log = protocol.bandit_msweb(seed)
    held = _owned(log.test_context)
    probability = _learned(log).probabilities([{}] * len(held), held)[:, log.offers]
    predicted, accepted = probability[log.test_eligible].mean(), log.test_would_accept[log.test_eligible].mean()
    return float(protocol.bandit_value(probability, log)), float(abs(predicted / accepted - 1))


def _learned(log: Any) -> Model:
    owned = _owned(log.context)
    count, products = log.context.shape
    impressions = Impressions(
        features=[{}] * count,
        owned=owned,
        offer=log.offers[log.offer],
        accepted=log.accepted,
        at=np.zeros(count),
        customer=np.arange(count),
    )
    model = fit_model(
        TrainingData(np.arange(products), [{}] * products, [Customer(row, {}) for row in owned], impressions)
    )
    assert model is not None
    return model


def _owned(context: NDArray[Any]) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in context]
