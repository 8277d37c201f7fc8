"""The interval of the difference of two rates: against published figures, counted exactly, and by simulation."""

from collections.abc import Iterator
from math import exp, lgamma, log
from random import Random

import pytest

from catalog_app.core.proportions import Arm, Comparison, Decision, newcombe, wilson

CAMPAIGNS = 200
LEAST_COVERED = 182
"""Of 200 campaigns whose intervals cover with exactly 95 %, so many or more are covered in 99.4 of 100 repetitions."""
SIZES = ((90, 10), (190, 10), (450, 50), (950, 50), (900, 100), (1900, 100), (20, 20))
RATES = ((0.08, 0.05), (0.05, 0.05), (0.03, 0.01), (0.12, 0.08), (0.3, 0.2), (0.02, 0.002), (0.5, 0.4))


def outcomes(customers: int, rate: float) -> Iterator[tuple[Arm, float]]:
    """Yield every side that may come of this rate, with its probability; what comes once in ten million is left out."""
    for hits in range(customers + 1):
        ways = lgamma(customers + 1) - lgamma(hits + 1) - lgamma(customers - hits + 1)
        likely = exp(ways + hits * log(rate) + (customers - hits) * log(1 - rate))
        if likely > 1e-7:
            yield Arm(customers, hits), likely


@pytest.mark.parametrize(
    ("target", "control", "low", "high"),
    [
        # Newcombe (1998), table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_is_that_of_the_paper(
    target: tuple[int, int], control: tuple[int, int], low: float, high: float
) -> None:
    found = newcombe(Arm(target[1], target[0]), Arm(control[1], control[0]))

    assert [found.low, found.high] == pytest.approx([low, high], abs=6e-5)


@pytest.mark.parametrize(("hits", "of", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (20, 20, 0.8389, 1.0)])  # fmt: skip
def test_the_interval_of_one_rate_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    found = wilson(hits, of)

    assert [found.low, found.high] == pytest.approx([low, high], abs=6e-5)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_counted_exactly_the_interval_covers_the_truth_in_94_of_100_campaigns_or_more(sizes: tuple[int, int]) -> None:
    covered = {}
    for rate, other in RATES:
        others = tuple(outcomes(sizes[1], other))
        covered[rate, other] = sum(
            likely * also
            for target, likely in outcomes(sizes[0], rate)
            for control, also in others
            if (found := newcombe(target, control)).low <= rate - other <= found.high
        )

    # Counts come in whole customers, so that nothing covers 95 % everywhere: this one is never far below.
    assert min(covered.values()) >= 0.94, covered


@pytest.mark.parametrize("sizes", SIZES[:-1], ids=str)
@pytest.mark.parametrize("rates", RATES[:5], ids=str)
def test_of_200_simulated_campaigns_95_in_100_are_covered(sizes: tuple[int, int], rates: tuple[float, float]) -> None:
    chance = Random(f"{sizes} {rates}")  # noqa: S311  # a simulation that has to repeat itself
    covered = 0
    for _ in range(CAMPAIGNS):
        target, control = (
            Arm(size, sum(chance.random() < rate for _ in range(size))) for size, rate in zip(sizes, rates, strict=True)
        )
        found = newcombe(target, control)
        covered += found.low <= rates[0] - rates[1] <= found.high

    assert covered >= LEAST_COVERED


def test_without_control_nothing_is_compared_and_nothing_is_claimed() -> None:
    found = Comparison(Arm(900, 72), Arm(0, 0))

    assert found.decision is Decision.NO_CONTROL
    assert (found.difference, found.interval, found.lift, found.additional, found.control_needed) == (None,) * 5


def test_a_decision_is_taken_only_where_the_interval_leaves_zero_out() -> None:
    assert Comparison(Arm(9000, 900), Arm(1000, 50)).decision is Decision.GAIN
    assert Comparison(Arm(9000, 450), Arm(1000, 100)).decision is Decision.LOSS
    assert Comparison(Arm(900, 90), Arm(100, 5)).decision is Decision.OPEN
    assert Comparison(Arm(0, 0), Arm(12, 3)).decision is Decision.NOTHING_SENT


def test_what_was_gained_is_told_in_customers_with_the_same_interval() -> None:
    found = Comparison(Arm(9000, 900), Arm(1000, 50))

    assert found.difference == pytest.approx(0.05)
    assert found.lift == pytest.approx(1.0)
    assert found.additional == pytest.approx(450)
    assert found.interval is not None
    assert found.additional_interval is not None
    assert found.additional_interval.low == pytest.approx(found.interval.low * 9000)


def test_nobody_of_control_accepting_leaves_no_lift_and_still_an_interval() -> None:
    found = Comparison(Arm(500, 20), Arm(50, 0))

    assert found.lift is None
    assert found.interval is not None
    assert found.interval.low < found.difference < found.interval.high  # type: ignore[operator]


@pytest.mark.parametrize(
    ("rate", "other", "share"), [(0.08, 0.05, 9), (0.05, 0.08, 9), (0.03, 0.01, 19), (0.3, 0.2, 9)]
)
def test_as_many_customers_as_are_said_to_be_needed_are_enough_in_about_80_of_100_campaigns(
    rate: float, other: float, share: int
) -> None:
    present = Comparison(Arm(1000 * share, round(1000 * share * rate)), Arm(1000, round(1000 * other)))
    needed = present.control_needed
    assert needed is not None
    others = tuple(outcomes(needed, other))

    told = sum(
        likely * also
        for target, likely in outcomes(needed * share, rate)
        for control, also in others
        if Comparison(target, control).decision is present.decision
    )

    assert present.decision in (Decision.GAIN, Decision.LOSS)
    assert 0.74 <= told <= 0.84


def test_equal_rates_need_no_number_and_tiny_sides_an_answer_at_once() -> None:
    assert Comparison(Arm(100, 10), Arm(10, 1)).control_needed is None
    assert Comparison(Arm(1, 1), Arm(1, 0)).control_needed is not None
    assert Comparison(Arm(1_000_000, 50_001), Arm(100_000, 5_000)).control_needed is not None
