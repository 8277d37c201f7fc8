"""The order of priorities: the highest first, and of equal ones the one with the lowest id."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catalog_app.recommendations.scoring.arbitration import best, close_to_best


@given(st.lists(st.sampled_from([0.0, 0.5, 0.5 + 1e-16, 1.0, 2.0, 7.25]), max_size=40), st.integers(1, 45))
def test_the_best_are_those_that_a_stable_sort_puts_first(priorities: list[float], limit: int) -> None:
    expected = sorted(range(len(priorities)), key=lambda place: -priorities[place])[:limit]

    assert best(np.array(priorities, np.float64), limit).tolist() == expected


@given(st.lists(st.sampled_from([0.0, 0.5, 0.5 + 1e-9, 0.5 + 1e-5, 1.0, 7.25]), max_size=40), st.integers(1, 45))
def test_what_single_precision_cannot_part_is_left_to_double(priorities: list[float], limit: int) -> None:
    exact = np.array(priorities, np.float64)
    expected = best(exact, limit).tolist()

    near, is_certain = close_to_best(exact.astype(np.float32), limit, 1e-6)

    found = near if is_certain else near[best(exact[near], limit)]
    assert found.tolist() == expected
