"""Who accepts, on dated offers and on a randomised mailing; and how long a tree takes to rank."""

import time
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.nbo import targeting
from benchmarks.nbo.baselines import Baseline
from benchmarks.nbo.figures import Figure

DRIFT, TARGETING, LATENCY, REPLAY = "drift", "targeting", "latency", "replay"
Matrix = NDArray[np.floating[Any]]


def _table(rows: Sequence[Mapping[str, str]], learned: int) -> Matrix:
    """Return numbers in spreads around the mean of the first `learned` rows, and one column for each word of the others."""
    columns = []
    for name in rows[0]:
        cells = [row[name] for row in rows]
        try:
            numbers = np.array(cells, float)
        except ValueError:
            columns += [np.array([cell == word for cell in cells], float) for word in sorted(set(cells))]
        else:
            columns.append((numbers - numbers[:learned].mean()) / (numbers[:learned].std() + 1e-9))
    return np.column_stack(columns)


def _regression(inputs: Matrix, accepted: Matrix, strength: Any) -> Any:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # only where it is installed

    return LogisticRegression(C=strength, max_iter=2000).fit(inputs, accepted)


def _trees(inputs: Matrix, accepted: Matrix, leaves: Any) -> Any:
    from lightgbm import LGBMClassifier  # noqa: PLC0415

    few = {"n_estimators": 100, "learning_rate": 0.05, "num_leaves": leaves}
    return LGBMClassifier(**few, n_jobs=1, verbose=-1, random_state=0).fit(inputs, accepted)


def _on_bank(
    gate: str, fit: Callable[[Matrix, Matrix, Any], Any], settings: Sequence[Any]
) -> Callable[[ModuleType], list[Figure]]:
    """Return a run; the setting is the one of least log loss on the last fifth of what is learned from."""

    def run(protocol: ModuleType) -> list[Figure]:
        rows, accepted, cut = protocol.bank_by_date()
        inputs, inner = _table(rows, cut), cut * 4 // 5

        def loss(setting: Any) -> float:
            likely = fit(inputs[:inner], accepted[:inner], setting).predict_proba(inputs[inner:cut])[:, 1]
            return float(protocol.log_loss(accepted[inner:cut], likely))

        chosen = min(settings, key=loss)
        begun = time.process_time()
        model = fit(inputs[:cut], accepted[:cut], chosen)
        seconds = time.process_time() - begun
        likely = model.predict_proba(inputs[cut:])[:, 1]
        return [
            Figure(gate, "AUC", protocol.auc(accepted[cut:], likely)),
            Figure(gate, "log loss", protocol.log_loss(accepted[cut:], likely), at_least=False),
            Figure.seconds(gate, "fit", seconds),
        ]

    return run


def _uplift(protocol: ModuleType) -> list[Figure]:
    """One model of who visits, which is told the arm, too; the policy is that of the gate."""
    rows = protocol.hillstrom()
    arm = np.array([targeting.ARMS.index(row["segment"]) for row in rows])
    visit, spend = (np.array([float(row[name]) for row in rows]) for name in ("visit", "spend"))
    inputs = _table([{name: row[name] for name in row if name not in targeting.OUTCOMES} for row in rows], len(rows))
    arms, seconds, found = np.eye(len(targeting.ARMS)), [], []
    for learned, judged in targeting.halves(len(rows)):
        begun = time.process_time()
        model = _trees(np.hstack([inputs[learned], arms[arm[learned]]]), visit[learned], 7)
        seconds.append(time.process_time() - begun)
        told = (np.hstack([inputs[judged], np.tile(one, (len(judged), 1))]) for one in arms)
        action = targeting.policy(np.column_stack([model.predict_proba(one)[:, 1] for one in told]))
        found.append([targeting.snips(action == arm[judged], outcome[judged]) for outcome in (visit, spend)])
    visits, spent = np.mean(found, axis=0).tolist()
    return [
        Figure(TARGETING, "visit", visits),
        Figure(TARGETING, "spend", spent),
        Figure.seconds(TARGETING, "fit", float(np.mean(seconds))),
    ]


def _latency(_protocol: ModuleType) -> list[Figure]:
    """Rank 1,000 and 10,000 products for one customer of 64 features, one row of features each."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(20_000, 64))
    model = _trees(inputs, (inputs[:, 0] + rng.normal(size=len(inputs)) > 1).astype(float), 31)
    return [
        Figure(LATENCY, f"{size:,} products p50", _median(model, rng.normal(size=(size, 64))), unit="us")
        for size in (1_000, 10_000)
    ]


def _median(model: Any, inputs: Matrix) -> float:
    """Microseconds of the clock."""
    taken = []
    for _ in range(20):
        begun = time.perf_counter()
        np.argpartition(-model.predict_proba(inputs)[:, 1], 10)[:10]
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken) * 1e6)


_STRENGTHS = (0.1, 1, 10)
BASELINES = (
    Baseline(DRIFT, "plain LR", ("sklearn",), _on_bank(DRIFT, _regression, _STRENGTHS)),
    Baseline(DRIFT, "LightGBM", ("lightgbm",), _on_bank(DRIFT, _trees, (7, 15, 31))),
    Baseline(REPLAY, "plain LR", ("sklearn",), _on_bank(REPLAY, _regression, _STRENGTHS)),
    Baseline(TARGETING, "S-LightGBM", ("lightgbm",), _uplift),
    Baseline(LATENCY, "LightGBM", ("lightgbm",), _latency),
)
