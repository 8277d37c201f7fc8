"""The first offers of all, before anybody has answered one: what holdings alone say."""

from types import ModuleType

import numpy as np

from benchmarks.nbo.figures import Figure
from benchmarks.nbo.recommendation import train

NAME = "cold start"
SEEDS = (42, 1)


def run(protocol: ModuleType) -> list[Figure]:
    """Fit to what the training customers visibly hold; an offer's score is its product's affinity."""
    values = [_measure(protocol, seed) for seed in SEEDS]
    return [Figure(NAME, "value", float(np.mean(values)), target=0.405)]


def _measure(protocol: ModuleType, seed: int) -> float:
    log = protocol.bandit_msweb(seed)
    affinity = train(log.context).affinity
    return float(protocol.bandit_value(affinity.scores(log.test_context)[:, log.offers], log))
