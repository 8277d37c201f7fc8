"""Off-policy evaluation: exact arithmetic, and intervals that hold the truth as often as they say."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from catalog_app.core.proportions import wilson
from catalog_app.recommendations.evaluation.found import Estimate
from catalog_app.recommendations.evaluation.off_policy import (
    Log,
    difference,
    dm,
    dr,
    dr_terms,
    ips,
    mean_reward,
    snips,
)
from catalog_app.recommendations.scoring.exploring import probabilities

Array = NDArray[np.float64]

RUNS = 200
LEAST_COVERED = 182
"""Of 200 logs whose intervals cover with exactly 95 %, so many or more are covered in 99.4 of 100 repetitions."""
KINDS, OFFERS, DECISIONS = 6, 8, 3_000
WORLD = np.random.default_rng(11)
ACCEPTS = np.clip(0.08 * np.exp(WORLD.normal(size=(KINDS, OFFERS))), 0, 0.9)
"""How likely each kind of customer accepts each offer: the truth."""
LOGGING = np.array([probabilities(10 * WORLD.random(OFFERS), 0.25) for _ in range(KINDS)])
TARGET = WORLD.integers(0, OFFERS, KINDS)
OTHER = WORLD.integers(0, OFFERS, KINDS)
TRUTH = ACCEPTS[range(KINDS), TARGET].mean()
GUESS = ACCEPTS.mean() * np.ones((KINDS, OFFERS))
"""A model of the reward that knows nothing of the customers."""


@dataclass(frozen=True)
class Simulated:
    log: Log
    kind: NDArray[np.int64]
    offer: NDArray[np.int64]

    def follows(self, choice: NDArray[np.int64]) -> Array:
        return np.asarray(choice[self.kind] == self.offer, np.float64)

    def doubly_robust(self, choice: NDArray[np.int64]) -> tuple[Array, Array, Array]:
        return self.follows(choice), GUESS[self.kind, choice[self.kind]], GUESS[self.kind, self.offer]


def simulated(seed: int, count: int = DECISIONS) -> Simulated:
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, KINDS, count)
    offer = (LOGGING[kind].cumsum(1) > rng.random((count, 1))).argmax(1)
    reward = (rng.random(count) < ACCEPTS[kind, offer]).astype(float)
    return Simulated(Log(reward, LOGGING[kind, offer]), kind, offer)


def is_within(estimate: Estimate, truth: float) -> bool:
    return bool(estimate.low <= truth <= estimate.high)


def test_intervals_hold_the_truth_of_a_known_policy_in_95_of_100_logs() -> None:
    covered = np.zeros(4, int)
    gain = TRUTH - ACCEPTS[range(KINDS), OTHER].mean()
    for seed in range(RUNS):
        one = simulated(seed)
        found = (
            ips(one.log, one.follows(TARGET)),
            snips(one.log, one.follows(TARGET)),
            dr(one.log, *one.doubly_robust(TARGET)),
        )
        terms, others = (dr_terms(one.log, *one.doubly_robust(choice)) for choice in (TARGET, OTHER))
        covered += [*(is_within(each, TRUTH) for each in found), is_within(difference(one.log, terms, others), gain)]
    assert covered.min() >= LEAST_COVERED, covered


def test_estimates_are_the_sums_that_define_them() -> None:
    log = Log(np.array([1.0, 0, 1, 0]), np.array([0.5, 0.5, 0.25, 1]))
    target = np.array([1.0, 0, 0.5, 1])
    assert ips(log, target).value == (2 + 2) / 4
    assert snips(log, target).value == (2 + 2) / (2 + 2 + 1)
    assert ips(log, target).effective_sample == 25 / 9
    expected, predicted = np.array([0.3, 0.1, 0.2, 0.2]), np.array([0.5, 0.1, 0.4, 0])
    assert dm(expected).value == pytest.approx(0.2)
    assert dr(log, target, expected, predicted).value == pytest.approx(0.2 + (2 * 0.5 + 2 * 0.6) / 4)


def test_a_right_model_takes_the_noise_of_the_offers_out() -> None:
    one = simulated(1)
    right = one.follows(TARGET), ACCEPTS[one.kind, TARGET[one.kind]], ACCEPTS[one.kind, one.offer]
    plain, robust = ips(one.log, right[0]), dr(one.log, *right)
    assert is_within(robust, TRUTH)
    assert robust.high - robust.low < plain.high - plain.low


def test_the_policy_that_wrote_the_log_has_its_mean_whatever_the_estimator() -> None:
    one = simulated(2)
    own = mean_reward(one.log)
    assert ips(one.log, one.log.probability) == own
    assert snips(one.log, one.log.probability).value == pytest.approx(own.value, abs=1e-15)
    assert own.effective_sample == DECISIONS


def test_a_customer_told_ten_times_counts_once() -> None:
    one = simulated(3, 400)
    again = Log(np.repeat(one.log.reward, 10), np.repeat(one.log.probability, 10), np.repeat(np.arange(400), 10))
    once, many = ips(one.log, one.follows(TARGET)), ips(again, np.repeat(one.follows(TARGET), 10))
    assert (many.value, many.low, many.high) == pytest.approx((once.value, once.low, once.high))


def test_a_log_without_an_acceptance_does_not_prove_that_there_is_none() -> None:
    found = ips(Log(np.zeros(100), np.ones(100)), np.ones(100))
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(wilson(0, 100).high)


def test_a_policy_that_the_log_never_follows_has_no_self_normalised_value() -> None:
    log = Log(np.ones(5), np.full(5, 0.5))
    assert ips(log, np.zeros(5)).effective_sample == 0
    with pytest.raises(ValueError, match="none of the logged"):
        snips(log, np.zeros(5))


@pytest.mark.parametrize("probability", [0, -0.1, 1.1, np.nan])
def test_an_offer_of_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="logged probability"):
        Log(np.ones(2), np.array([0.5, probability]))


def test_an_empty_log_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Log(np.zeros(0), np.zeros(0))
