"""Which offer a customer would accept, on a log of random offers: per-offer regressions, bandit libraries, trees."""

import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.nbo.baselines import Baseline
from benchmarks.nbo.figures import Figure

KNOWN_TRUTH, COLD_START = "known truth", "cold start"
SEEDS = (42, 1)
Matrix = NDArray[np.floating[Any]]
Scorer = Callable[[Matrix], Matrix]
Fit = Callable[[Any], Scorer]


def best_rate(log: Any) -> Scorer:
    """The offer with the best rate of acceptance, smoothed, for everybody."""
    offers = range(len(log.offers))
    rates = np.array([(log.accepted[log.offer == one].sum() + 1) / ((log.offer == one).sum() + 50) for one in offers])
    return lambda context: np.tile(rates, (len(context), 1))


def regressions(log: Any) -> Scorer:
    """One for each offer; its strength is chosen by the log loss of customers held back."""
    from sklearn.linear_model import LogisticRegressionCV  # noqa: PLC0415  # only where it is installed

    def fit(offer: int) -> Any:
        rows = log.offer == offer
        model = LogisticRegressionCV(Cs=[0.03, 0.1, 0.3, 1.0], cv=3, scoring="neg_log_loss", max_iter=500)
        return model.fit(log.context[rows], log.accepted[rows])

    models = [fit(offer) for offer in range(len(log.offers))]
    return lambda context: np.column_stack([model.predict_proba(context)[:, 1] for model in models])


def trees(log: Any) -> Scorer:
    from lightgbm import LGBMClassifier  # noqa: PLC0415

    count = len(log.offers)
    few = {"n_estimators": 150, "learning_rate": 0.05, "num_leaves": 15, "min_child_samples": 20}
    model = LGBMClassifier(**few, n_jobs=1, verbose=-1, random_state=0)
    model.fit(np.hstack([log.context, np.eye(count)[log.offer]]), log.accepted)

    def scores(context: Matrix) -> Matrix:
        shown = (np.hstack([context, np.tile(row, (len(context), 1))]) for row in np.eye(count))
        return np.column_stack([model.predict_proba(inputs)[:, 1] for inputs in shown])

    return scores


def vowpal_wabbit(log: Any) -> Scorer:
    from vowpalwabbit import Workspace  # noqa: PLC0415

    model = Workspace("--loss_function logistic --link logistic -q co --l2 1e-6 -l 0.3 --power_t 0.5 -b 18 --quiet")
    for _ in range(3):
        for held, offer, accepted in zip(log.context, log.offer, log.accepted, strict=True):
            model.learn(f"{1 if accepted else -1} |c {_words(held)} |o o{offer}")

    def scores(context: Matrix) -> Matrix:
        held = [_words(row) for row in context]
        rows = [[model.predict(f"|c {words} |o o{offer}") for offer in range(len(log.offers))] for words in held]
        return np.array(rows)

    return scores


def _words(held: Matrix) -> str:
    return " ".join(f"p{product}" for product in np.flatnonzero(held))


def linear_ucb(log: Any) -> Scorer:
    from mabwiser.mab import MAB, LearningPolicy  # noqa: PLC0415

    arms = list(range(len(log.offers)))
    model = MAB(arms, LearningPolicy.LinUCB(alpha=0.1, l2_lambda=10.0), seed=0, n_jobs=1)
    model.fit(log.offer.tolist(), log.accepted, log.context.astype(float))

    def scores(context: Matrix) -> Matrix:
        expected = model.predict_expectations(context.astype(float))
        return np.array([[row[arm] for arm in arms] for row in expected])

    return scores


def _on_bandit(gate: str, fit: Fit) -> Callable[[ModuleType], list[Figure]]:
    def run(protocol: ModuleType) -> list[Figure]:
        value, seconds = np.mean(list(_measured(protocol, fit)), axis=0).tolist()
        return [Figure(gate, "value", value), Figure.seconds(gate, "fit", seconds)]

    return run


def _measured(protocol: ModuleType, fit: Fit) -> Iterator[tuple[float, float]]:
    for seed in SEEDS:
        log = protocol.bandit_msweb(seed)
        begun = time.process_time()
        scores = fit(log)
        seconds = time.process_time() - begun
        yield protocol.bandit_value(scores(log.test_context), log), seconds


BASELINES = (
    Baseline(KNOWN_TRUTH, "LR per offer", ("sklearn",), _on_bandit(KNOWN_TRUTH, regressions)),
    Baseline(KNOWN_TRUTH, "VW", ("vowpalwabbit",), _on_bandit(KNOWN_TRUTH, vowpal_wabbit)),
    Baseline(KNOWN_TRUTH, "LinUCB", ("mabwiser",), _on_bandit(KNOWN_TRUTH, linear_ucb)),
    Baseline(KNOWN_TRUTH, "LightGBM", ("lightgbm",), _on_bandit(KNOWN_TRUTH, trees)),
    Baseline(COLD_START, "best rate", (), _on_bandit(COLD_START, best_rate)),
)
