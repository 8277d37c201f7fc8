"""Which product comes next, from a few holdings and many features."""

from types import ModuleType

import numpy as np

from benchmarks.nbo.figures import Figure
from benchmarks.nbo.recommendation import SEEDS, train

NAME = "holdings + features"


def run(protocol: ModuleType) -> list[Figure]:
    """Fit to the training customers of each seed; rank the hidden product of the others."""
    rows = [_measure(protocol, seed) for seed in SEEDS]
    reciprocal_rank, hit, fitting, choosing = np.mean(rows, axis=0).tolist()
    return [
        Figure(NAME, "MRR", reciprocal_rank, target=0.852, goal=0.854),
        Figure(NAME, "hit@1", hit, target=0.772, goal=0.774),
        Figure.seconds(NAME, "fit", fitting, most=0.3),
        Figure.seconds(NAME, "choice of settings", choosing),
    ]


def _measure(protocol: ModuleType, seed: int) -> tuple[float, float, float, float]:
    holdings, features, test = protocol.caravan_split(seed)
    trained = train(holdings, features)
    metrics = protocol.ranking_metrics(trained.affinity.scores(test.holdings, test.features), test)
    return metrics["mrr"], metrics["hit_1"], trained.fitting, trained.choosing
