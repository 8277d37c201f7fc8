"""Which product comes next: closed-form EASE (Steck 2019), item neighbours, matrix factors, a regression per product."""

import time
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.nbo.baselines import Baseline
from benchmarks.nbo.figures import Figure
from benchmarks.nbo.recommendation import SEEDS

RECOMMENDATION, WITH_FEATURES = "recommendation", "holdings + features"
Matrix = NDArray[np.floating[Any]]
Scorer = Callable[[Matrix], Matrix]
Setting = TypeVar("Setting")


def ease(holdings: Matrix, ridge: float) -> Scorer:
    precision = np.linalg.inv(holdings.T.astype(float) @ holdings + ridge * np.eye(holdings.shape[1]))
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0)
    return lambda held: held @ weights


def neighbours(holdings: Matrix, count: int) -> Scorer:
    from implicit.nearest_neighbours import CosineRecommender  # noqa: PLC0415  # only where it is installed
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    model = CosineRecommender(K=count, num_threads=1)
    model.fit(csr_matrix(holdings, dtype=np.float64).tocsr(), show_progress=False)
    return lambda held: np.asarray(csr_matrix(held) @ model.similarity.toarray())


def factors(holdings: Matrix, setting: tuple[int, float, float]) -> Scorer:
    from implicit.als import AlternatingLeastSquares  # noqa: PLC0415
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    size, ridge, alpha = setting
    model = AlternatingLeastSquares(
        factors=size, regularization=ridge, alpha=alpha, iterations=15, num_threads=1, random_state=0
    )
    model.fit(csr_matrix(holdings), show_progress=False)

    def scores(held: Matrix) -> Matrix:
        customers = model.recalculate_user(np.arange(len(held)), csr_matrix(held, dtype=np.float32))
        return np.asarray(customers @ model.item_factors.T)

    return scores


def _on_msweb(fit: Callable[[Matrix, Any], Scorer], settings: Iterable[Any]) -> Callable[[ModuleType], list[Figure]]:
    """Return a run: the setting that ranks the validation part of seed 42 best, fitted to training and validation."""

    def run(protocol: ModuleType) -> list[Figure]:
        holdings, validation, _ = protocol.msweb_split(SEEDS[0])
        chosen = max(
            settings,
            key=lambda one: protocol.ranking_metrics(fit(holdings, one)(validation.holdings), validation)["ndcg"],
        )
        rows = [_msweb(protocol, seed, lambda known: fit(known, chosen)) for seed in SEEDS]
        ndcg, hit_rate, seconds = np.mean(rows, axis=0).tolist()
        return [
            Figure(RECOMMENDATION, "NDCG@10", ndcg),
            Figure(RECOMMENDATION, "hit rate@10", hit_rate),
            Figure.seconds(RECOMMENDATION, "fit", seconds),
        ]

    return run


def _msweb(protocol: ModuleType, seed: int, fit: Callable[[Matrix], Scorer]) -> tuple[float, float, float]:
    holdings, validation, test = protocol.msweb_split(seed)
    validated = validation.holdings.copy()
    validated[np.arange(len(validated)), validation.target] = 1
    begun = time.process_time()
    scores = fit(np.vstack([holdings, validated]))
    seconds = time.process_time() - begun
    metrics = protocol.ranking_metrics(scores(test.holdings), test)
    return metrics["ndcg"], metrics["hit_rate"], seconds


def _regression(inputs: Matrix, held: Matrix, strength: Any) -> Any:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    return LogisticRegression(C=strength, max_iter=500).fit(inputs, held)


def _trees(inputs: Matrix, held: Matrix, leaves: Any) -> Any:
    from lightgbm import LGBMClassifier  # noqa: PLC0415

    few = {"n_estimators": 60, "learning_rate": 0.05, "num_leaves": leaves, "min_child_samples": 20}
    return LGBMClassifier(**few, n_jobs=1, verbose=-1, random_state=0).fit(inputs, held)


FitOne = Callable[[Matrix, Matrix, Any], Any]


def _per_product(fit: FitOne, settings: Iterable[Any]) -> Callable[[ModuleType], list[Figure]]:
    """Return a run: for each product a model of who holds it, from the other holdings and the features.

    The setting is the one that ranks best for a fifth of the training customers of seed 42, held back.
    """

    def run(protocol: ModuleType) -> list[Figure]:
        holdings, features, _ = protocol.caravan_split(SEEDS[0])
        cut = len(holdings) * 4 // 5
        kept = _hidden(protocol, holdings[cut:], features[cut:])
        chosen = max(settings, key=lambda one: _caravan(protocol, (holdings[:cut], features[:cut], kept), fit, one)[0])
        rows = [_caravan(protocol, protocol.caravan_split(seed), fit, chosen) for seed in SEEDS]
        reciprocal_rank, hit, seconds = np.mean(rows, axis=0).tolist()
        return [
            Figure(WITH_FEATURES, "MRR", reciprocal_rank),
            Figure(WITH_FEATURES, "hit@1", hit),
            Figure.seconds(WITH_FEATURES, "fit", seconds),
        ]

    return run


def _hidden(protocol: ModuleType, holdings: Matrix, features: Matrix) -> Any:
    """Hide one product of each customer who holds two, as the protocol does."""
    rows, rng = np.flatnonzero(holdings.sum(1) >= 2), np.random.default_rng(0)  # noqa: PLR2004
    target = np.array([rng.choice(np.flatnonzero(holdings[row])) for row in rows])
    visible = holdings[rows].copy()
    visible[np.arange(len(rows)), target] = 0
    return protocol.HeldOut(visible, target, features[rows])


def _caravan(protocol: ModuleType, split: Any, fit: FitOne, setting: Any) -> tuple[float, float, float]:
    holdings, features, test = split
    # What is 0 or 1 is left as it is.
    is_number = features.max(0) > 1
    means, spreads = np.where(is_number, features.mean(0), 0), np.where(is_number, features.std(0) + 1e-9, 1)
    known = np.hstack([holdings, (features - means) / spreads])
    asked = np.hstack([test.holdings, (test.features - means) / spreads])
    scores, seconds = np.full(test.holdings.shape, -np.inf), 0.0
    for product in range(holdings.shape[1]):
        if not 0 < holdings[:, product].sum() < len(holdings):
            continue
        begun = time.process_time()
        model = fit(_without(known, product), holdings[:, product], setting)
        seconds += time.process_time() - begun
        scores[:, product] = model.predict_proba(_without(asked, product))[:, 1]
    metrics = protocol.ranking_metrics(scores, test)
    return metrics["mrr"], metrics["hit_1"], seconds


def _without(inputs: Matrix, column: int) -> Matrix:
    """The same inputs, blind to whether the product is held."""
    return np.delete(inputs, column, axis=1)


BASELINES = (
    Baseline(RECOMMENDATION, "EASE", (), _on_msweb(ease, (50, 100, 200, 400, 800))),
    Baseline(RECOMMENDATION, "item-kNN", ("implicit",), _on_msweb(neighbours, (20, 50, 100, 285))),
    Baseline(
        RECOMMENDATION,
        "implicit ALS",
        ("implicit",),
        _on_msweb(factors, ((32, 0.1, 10), (32, 10, 40), (64, 10, 40), (64, 100, 40))),
    ),
    Baseline(WITH_FEATURES, "LR per product", ("sklearn",), _per_product(_regression, (0.01, 0.03, 0.1, 0.3))),
    Baseline(WITH_FEATURES, "LightGBM", ("lightgbm",), _per_product(_trees, (4, 7))),
)
