"""What other policies would have offered first in logged decisions, and what a model expects of that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog_app.recommendations.evaluation.found import CANDIDATE, Estimate, Measure, PolicyKey, PolicyValue
from catalog_app.recommendations.evaluation.logged import Array, Integers, LoggedDecisions
from catalog_app.recommendations.evaluation.off_policy import Log, dm, dr, effective_sample, ips, snips, weights
from catalog_app.recommendations.learning.aligned import Aligned
from catalog_app.recommendations.learning.model import Model

CELLS = 2_000_000
"""So many probabilities are worked out at once: 16 MB each time, whatever the log."""


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """Always the highest priority first: propensity times weight, or the weight alone where there is no model."""

    key: PolicyKey = CANDIDATE
    version: int | None = None
    model: Model | None = None
    in_sample: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """What a policy would have done in n decisions.

    `choice` (n,) are columns, `target` (n,) is its probability of the offer that was made. `expected` (n,) is the reward
    that a model expects of the choice, None without a model.
    """

    choice: Integers
    target: Array
    expected: Array | None


def follow(
    decisions: LoggedDecisions,
    policies: Sequence[Policy],
    reward_model: Model | None,
    measure: Measure = "acceptance",
) -> tuple[list[Followed], Array | None]:
    """Return what each policy would have offered, and the reward that `reward_model` expected of what was offered (n,).

    Ties go to the lower product id, as in a decision.
    """
    models = _distinct([policy.model for policy in policies], reward_model)
    worth, count = decisions.worth(measure), len(decisions)
    choices = np.zeros((len(policies), count), np.int64)
    expected, predicted = np.zeros((len(policies), count)), np.zeros(count)
    predictions = {number: _Predictions(model, decisions) for number, model in models.items()}
    for rows in _blocks(decisions):
        likely = {number: each.of(rows) for number, each in predictions.items()}
        among, weight = decisions.candidates(rows), decisions.weight[decisions.context[rows]]
        places = np.arange(len(weight))
        for number, policy in enumerate(policies):
            learns = policy.model is not None and decisions.learns
            priority = likely[id(policy.model)] * weight if learns else weight
            choices[number, rows] = np.where(among, priority, -1).argmax(1)
        if reward_model is not None:
            reward = likely[id(reward_model)] * worth
            expected[:, rows] = reward[places, choices[:, rows]]
            predicted[rows] = reward[places, decisions.offer[rows]]
    has_reward = reward_model is not None
    followed = [
        Followed(choice, np.asarray(choice == decisions.offer, np.float64), of_choice if has_reward else None)
        for choice, of_choice in zip(choices, expected, strict=True)
    ]
    return followed, predicted if has_reward else None


def valued(policy: Policy, log: Log, followed: Followed, predicted: Array | None, *, explored: bool) -> PolicyValue:
    """Return what a policy is worth by each estimator; where nothing was left to chance, a model alone can tell."""
    found = dict[str, Estimate | None]()
    weight = weights(log, followed.target)
    if explored and effective_sample(weight):
        found |= {"ips": ips(log, followed.target), "snips": snips(log, followed.target)}
        if followed.expected is not None and predicted is not None:
            found["dr"] = dr(log, followed.target, followed.expected, predicted)
    if followed.expected is not None:
        found["dm"] = dm(followed.expected, log.customer)
    return PolicyValue(
        key=policy.key,
        model_version=policy.version,
        ips=found.get("ips"),
        snips=found.get("snips"),
        dm=found.get("dm"),
        dr=found.get("dr"),
        # The weights of what could have been shown add up to 1 a decision, on average.
        covered=min(1.0, float(weight.mean())) if explored else 0.0,
        in_sample=policy.in_sample,
    )


class _Predictions:
    """The probabilities of acceptance of one model for the products of the log; of newer ones, that of the average customer."""

    def __init__(self, model: Model, decisions: LoggedDecisions) -> None:
        self._model, self._decisions = model, decisions
        self._columns = model.columns_of(decisions.product_ids)
        new = np.flatnonzero(self._columns < 0)
        self._newer: NDArray[np.float64] = np.zeros(0)
        if len(new):
            ids = decisions.product_ids[new]
            newer = {int(number): decisions.described[row] for number, row in zip(ids, new.tolist(), strict=True)}
            aligned = Aligned.of(model, ids, newer)
            self._newer, _ = aligned.scores(aligned.asked({}, ()))

    def of(self, rows: slice) -> Array:
        known = self._model.probabilities(self._decisions.features[rows], self._decisions.owned[rows])
        found = np.empty((len(known), len(self._columns)))
        is_known = self._columns >= 0
        found[:, is_known] = known[:, self._columns[is_known]]
        found[:, ~is_known] = self._newer
        return found


def _distinct(models: Sequence[Model | None], other: Model | None) -> Mapping[int, Model]:
    return {id(model): model for model in (*models, other) if model is not None}


def _blocks(decisions: LoggedDecisions) -> Iterator[slice]:
    step = max(1, CELLS // max(1, len(decisions.product_ids)))
    return (slice(start, start + step) for start in range(0, len(decisions), step))
