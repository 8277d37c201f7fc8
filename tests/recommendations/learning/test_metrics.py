"""Figures of predictions, against their definitions counted out."""

from itertools import product

import numpy as np
import pytest

from catalog_app.core.proportions import wilson
from catalog_app.recommendations.learning.metrics import (
    auc,
    auc_difference,
    calibration,
    lift,
    log_loss,
    overall_calibration,
)

RNG = np.random.default_rng(4)
SCORE = RNG.integers(0, 12, 200) / 16
ACCEPTED = (RNG.random(200) < SCORE).astype(float)


def test_auc_counts_every_pair_and_ties_half() -> None:
    pairs = list(product(SCORE[ACCEPTED > 0], SCORE[ACCEPTED == 0]))
    counted = sum((one > other) + (one == other) / 2 for one, other in pairs) / len(pairs)
    assert auc(ACCEPTED, SCORE) == pytest.approx(counted, abs=1e-12)
    assert auc(ACCEPTED, np.zeros(200)) == 0.5
    assert auc(ACCEPTED, ACCEPTED) == 1


def test_the_interval_of_a_difference_of_auc_holds_it_in_95_of_100_samples() -> None:
    covered, samples = 0, []
    for _ in range(200):
        accepted = RNG.random(400) < 0.3
        good = accepted + RNG.normal(size=400)
        samples.append((accepted, good, good + RNG.normal(size=400)))
    truth = np.mean([auc(accepted, good) - auc(accepted, worse) for accepted, good, worse in samples])
    for sample in samples:
        value, low, high = auc_difference(*sample)
        assert value == pytest.approx(auc(sample[0], sample[1]) - auc(sample[0], sample[2]))
        covered += int(low <= truth <= high)
    assert covered >= 182


@pytest.mark.parametrize("accepted", [np.zeros(5), np.ones(5)])
def test_auc_of_one_kind_of_answers_alone_is_refused(accepted: np.ndarray) -> None:
    with pytest.raises(ValueError, match="both"):
        auc(accepted, np.arange(5))


def test_log_loss_is_the_mean_negative_log_likelihood_and_stays_finite() -> None:
    assert log_loss(np.array([1.0, 0.0]), np.array([0.8, 0.4])) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert log_loss(np.array([1.0]), np.array([0.0])) == pytest.approx(-np.log(1e-9))


def test_overall_calibration_is_promised_over_kept() -> None:
    assert overall_calibration(np.array([1.0, 0, 0, 0]), np.full(4, 0.275)) == pytest.approx(1.1)
    assert overall_calibration(np.zeros(4), np.full(4, 0.1)) == float("inf")


def test_calibration_bins_hold_every_row_once_with_its_interval() -> None:
    bins = calibration(ACCEPTED, SCORE)
    assert sum(one.count for one in bins) == 200
    assert sum(one.count * one.observed for one in bins) == pytest.approx(ACCEPTED.sum())
    assert sum(one.count * one.predicted for one in bins) == pytest.approx(SCORE.sum())
    assert [one.predicted for one in bins] == sorted(one.predicted for one in bins)
    first = bins[0]
    expected = wilson(round(first.observed * first.count), first.count)
    assert (first.low, first.high) == (expected.low, expected.high)


def test_equal_predictions_stand_in_one_bin() -> None:
    assert [one.count for one in calibration(ACCEPTED, np.full(200, 0.3))] == [200]
    assert calibration(np.zeros(0), np.zeros(0)) == []
    assert sum(one.count for one in calibration(np.ones(3), np.array([0.1, 0.2, 0.3]))) == 3


def test_lift_is_each_tenth_over_the_average_whatever_the_order_of_the_rows() -> None:
    accepted = np.array([1.0] * 10 + [0.0] * 90)
    assert lift(accepted, -np.arange(100.0)) == (10, *[0] * 9)
    assert lift(accepted, np.zeros(100)) == pytest.approx([1] * 10)

    order = RNG.permutation(200)
    assert lift(ACCEPTED[order], SCORE[order]) == pytest.approx(lift(ACCEPTED, SCORE))
    assert np.mean(lift(ACCEPTED, SCORE)) == pytest.approx(1)
    assert lift(np.ones(9), np.arange(9.0)) == ()
    assert lift(np.zeros(50), np.arange(50.0)) == ()
