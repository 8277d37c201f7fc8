"""Which product comes next, from holdings alone; and how every gate of the affinity trains one."""

import time
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from benchmarks.nbo.figures import Figure
from catalog_app.recommendations.learning.affinity import Affinity, fit_affinity
from catalog_app.recommendations.learning.affinity_choice import choose_affinity

NAME = "recommendation"
SEEDS = (42, 1, 2)


@dataclass(frozen=True, slots=True)
class Trained:
    """An affinity fitted as the product's training fits it, and the CPU-seconds of choosing settings and of the fit."""

    affinity: Affinity
    choosing: float
    fitting: float


def train(holdings: NDArray[np.floating], features: NDArray[np.floating] | None = None) -> Trained:
    """Choose settings inside the training customers, who alone are seen, and fit to all of them."""
    start = time.process_time()
    settings = choose_affinity(holdings, features)
    chosen = time.process_time()
    affinity = fit_affinity(holdings, features, settings=settings)
    return Trained(affinity, chosen - start, time.process_time() - chosen)


def run(protocol: ModuleType) -> list[Figure]:
    """Fit to train and validation customers of each seed; rank the hidden product of the test customers."""
    rows = [_measure(protocol, seed) for seed in SEEDS]
    ndcg, hit_rate, fitting, choosing = np.mean(rows, axis=0).tolist()
    return [
        Figure(NAME, "NDCG@10", ndcg, target=0.572, goal=0.574),
        Figure(NAME, "hit rate@10", hit_rate, target=0.786, goal=0.789),
        Figure.seconds(NAME, "fit", fitting, most=0.5),
        Figure.seconds(NAME, "choice of settings", choosing),
    ]


def _measure(protocol: ModuleType, seed: int) -> tuple[float, float, float, float]:
    train_part, validation, test = protocol.msweb_split(seed)
    validated = validation.holdings.copy()
    validated[np.arange(len(validated)), validation.target] = 1
    trained = train(np.vstack([train_part, validated]))
    metrics = protocol.ranking_metrics(trained.affinity.scores(test.holdings), test)
    return metrics["ndcg"], metrics["hit_rate"], trained.fitting, trained.choosing
