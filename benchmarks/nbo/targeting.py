"""A tenth may be written to: who, and with which of two mailings? A randomised experiment tells what comes of it.

The three arms are offers to the model, the one without an e-mail too: who visits anyway is part of what it learns. A
customer's priority is the best mailing's propensity beyond that of no e-mail. What the policy brings is the SNIPS
estimate over a half that was not learned from: the average of those whose random arm is what the policy would do.
"""

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.nbo.figures import Figure
from catalog_app.recommendations.learning.fitting import fit_model
from catalog_app.recommendations.learning.training_data import Impressions, TrainingData

NAME = "targeting"
SEEDS = range(5)
CONTACTED = 0.1
PROBABILITY = 1 / 3
ARMS = ("Mens E-Mail", "Womens E-Mail", "No E-Mail")
SILENT = len(ARMS) - 1
OUTCOMES = ("segment", "visit", "conversion", "spend")


def run(protocol: ModuleType) -> list[Figure]:
    """Measure visits and spend per customer of the policy, over both halves of every seed."""
    rows = protocol.hillstrom()
    arm = np.array([ARMS.index(row["segment"]) for row in rows])
    visit, spend = (np.array([float(row[name]) for row in rows]) for name in ("visit", "spend"))
    features = [{name: value for name, value in row.items() if name not in OUTCOMES} for row in rows]
    found = []
    for learned, judged in halves(len(rows)):
        action = _learned_policy(features, arm, visit, learned, judged)
        found.append([snips(action == arm[judged], outcome[judged]) for outcome in (visit, spend)])
    visits, spent = np.mean(found, axis=0)
    return [Figure(NAME, "visit", float(visits), target=0.1184), Figure(NAME, "spend", float(spent), target=0.835)]


def snips(followed: NDArray[np.bool_], outcome: NDArray[np.float64]) -> float:
    """The self-normalised estimate: every customer whose arm the policy would have chosen weighs 1 / probability."""
    weight = followed / PROBABILITY
    return float((weight * outcome).sum() / weight.sum())


def halves(count: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Each half once to learn from and once to judge by, per seed."""
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(count)
        first, second = order[: count // 2], order[count // 2 :]
        yield first, second
        yield second, first


def _learned_policy(  # the data, and which part of them is for what
    features: Sequence[dict[str, str]],
    arm: NDArray[np.int64],
    visit: NDArray[np.float64],
    learned: NDArray[np.int64],
    judged: NDArray[np.int64],
) -> NDArray[np.int64]:
    """What each judged customer gets: a tenth the better mailing, the others nothing."""
    impressions = Impressions(
        features=[features[row] for row in learned],
        owned=[[]] * len(learned),
        offer=arm[learned],
        accepted=visit[learned],
        at=np.zeros(len(learned)),
        customer=np.full(len(learned), -1),
    )
    described: list[dict[str, Any]] = [{"is_e_mail": place != SILENT} for place in range(len(ARMS))]
    model = fit_model(TrainingData(np.arange(len(ARMS)), described, [], impressions))
    assert model is not None
    return policy(model.probabilities([features[row] for row in judged], [[]] * len(judged)))


def policy(probability: NDArray[np.float64]) -> NDArray[np.int64]:
    """What each customer gets by how likely each arm makes a visit (n x 3): a tenth the better mailing."""
    mailings = probability[:, :SILENT]
    priority = mailings.max(1) - probability[:, SILENT]
    contacted = np.argsort(-priority, kind="stable")[: int(CONTACTED * len(probability))]
    action = np.full(len(probability), SILENT)
    action[contacted] = mailings.argmax(1)[contacted]
    return action
