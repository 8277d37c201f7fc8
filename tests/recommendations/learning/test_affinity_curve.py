"""The curve from a score to a probability keeps order and meets the frequencies it was shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_app.recommendations.learning.curve import Curve

pairs = st.lists(st.tuples(st.floats(-2, 2).map(lambda value: round(value, 3)), st.booleans()), max_size=60)


@given(pairs=pairs)
def test_a_higher_score_never_means_a_lower_or_equal_probability(pairs: list[tuple[float, bool]]) -> None:
    curve = Curve.fit(np.array([score for score, _ in pairs]), np.array([held for _, held in pairs], np.bool_))
    probabilities = curve(np.linspace(-5, 5, 301))
    assert (np.diff(probabilities) > 0).all()
    assert 0 < probabilities[0] < probabilities[-1] < 1


def test_probabilities_match_the_frequencies_of_scores_not_seen_before() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(size=40_000)
    truth = 1 / (1 + np.exp(3 - 2 * scores))
    held = rng.random(len(scores)) < truth
    curve = Curve.fit(scores[::2], held[::2])
    assert curve(scores[1::2]).mean() == pytest.approx(held[1::2].mean(), rel=0.03)
    assert np.abs(curve(scores[1::2]) - truth[1::2]).mean() < 0.01


def test_equal_scores_get_one_knot_with_the_share_of_holders_among_them() -> None:
    curve = Curve.fit(np.full(998, 0.25), np.arange(998) < 249)
    assert curve.scores.tolist() == [0.25]
    assert float(curve(0.25)) == pytest.approx(0.25, abs=1e-3)


def test_scores_that_say_the_opposite_are_pooled_into_the_average() -> None:
    curve = Curve.fit(np.linspace(0, 1, 400), np.linspace(0, 1, 400) < 0.5)
    assert float(curve(0.5)) == pytest.approx(0.5, abs=0.01)


def test_a_curve_without_scores_gives_even_odds() -> None:
    curve = Curve.fit(np.zeros(0), np.zeros(0, np.bool_))
    assert float(curve(0.0)) == 0.5
