"""Exploration: arms, exact probabilities, and their floor."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from catalog_app.recommendations.scoring.arms import SILENT, SOFTMAX, UNIFORM
from catalog_app.recommendations.scoring.exploring import (
    FLOOR,
    Chosen,
    Exploration,
    arm_of,
    choose,
    probabilities,
)

ON = Exploration(on=True)
NOVEMBER, DECEMBER = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
CUSTOMERS = [f"{number:032x}" for number in range(20_000)]
PRIORITIES = np.array([0.9, 1.0, 0.0, 0.8, 0.97, 0.5])


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311  # what is drawn is no secret


def drawn(
    priorities: NDArray[np.float64], arm: str | None, seed: int = 1, limit: int = 1, how: Exploration = ON
) -> Chosen:
    return choose(priorities, limit, exploration=how, arm=arm, chance=seeded(seed))


def unlikeliness(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Return how many standard deviations of a chi-square lie between what was seen and what was to be expected."""
    square, free = float(((observed - expected) ** 2 / expected).sum()), len(expected) - 1
    return (square - free) / float(np.sqrt(2 * free))


def test_a_hundred_thousand_decisions_choose_as_often_as_the_log_says() -> None:
    chance, arms, firsts = seeded(7), Counter[str | None](), Counter[tuple[str | None, int]]()
    logged: dict[tuple[str | None, int], set[float]] = {}
    for _ in range(100_000):
        arm = arm_of(None, NOVEMBER, Exploration(on=True, uniform=0.3), chance)
        chosen = choose(PRIORITIES, 1, exploration=ON, arm=arm, chance=chance)
        key = arm, chosen.places[0]
        arms[arm] += 1
        firsts[key] += 1
        logged.setdefault(key, set()).add(chosen.probabilities[0])

    assert all(len(seen) == 1 for seen in logged.values())
    for arm in (SOFTMAX, UNIFORM):
        likely = np.array([min(logged[arm, place]) for place in range(6)])
        assert likely.sum() == pytest.approx(1, abs=1e-12)
        assert unlikeliness(np.array([firsts[arm, place] for place in range(6)]), likely * arms[arm]) < 4


def test_the_second_place_is_as_likely_as_logged_given_the_first() -> None:
    chance, pairs, logged = seeded(3), Counter[tuple[int, ...]](), {}
    for _ in range(20_000):
        chosen = choose(PRIORITIES[:4], 2, exploration=ON, arm=SOFTMAX, chance=chance)
        pairs[chosen.places] += 1
        logged[chosen.places] = chosen.probabilities[0] * chosen.probabilities[1]

    assert sum(logged.values()) == pytest.approx(1, abs=1e-12)
    expected = np.array(list(logged.values())) * 20_000
    assert unlikeliness(np.array([pairs[pair] for pair in logged]), expected) < 4


@pytest.mark.parametrize("eligible", [1, 2, 25, 26, 500, 501, 1000])
@pytest.mark.parametrize("arm", [SOFTMAX, UNIFORM])
@pytest.mark.parametrize("how", [ON, Exploration(on=True, epsilon=0.1), Exploration(on=True, temperature=0.001)])
def test_no_offer_is_less_likely_than_the_floor(eligible: int, arm: str, how: Exploration) -> None:
    priorities = np.random.default_rng(eligible).random(eligible) ** 8
    chosen = [drawn(priorities, arm, seed, limit=3, how=how) for seed in range(60)]
    assert min(min(one.probabilities) for one in chosen) >= FLOOR * (1 - 1e-12)
    assert max(max(one.probabilities) for one in chosen) <= 1


def test_of_a_thousand_products_the_best_take_part_and_the_others_follow_in_order() -> None:
    priorities = np.arange(1000.0)[::-1]
    first = {drawn(priorities, SOFTMAX, seed).places[0] for seed in range(3_000)}
    assert max(first) < 25
    assert len(first) > 20
    assert max(drawn(priorities, UNIFORM, seed).places[0] for seed in range(3_000)) in range(490, 500)

    whole = drawn(priorities, SOFTMAX, limit=30)
    assert sorted(whole.places) == list(range(30))
    assert whole.places[25:] == tuple(range(25, 30))
    assert whole.probabilities[24:] == (1.0,) * 6


def test_without_an_arm_the_best_come_first_and_nothing_is_left_to_chance() -> None:
    assert drawn(PRIORITIES, None, limit=3) == Chosen((1, 4, 0), (1.0, 1.0, 1.0))


def test_the_silent_arm_offers_nothing() -> None:
    assert drawn(PRIORITIES, SILENT, limit=3) == Chosen((), ())


def test_the_same_seed_decides_the_same_again() -> None:
    assert drawn(PRIORITIES, SOFTMAX, 5, limit=6) == drawn(PRIORITIES, SOFTMAX, 5, limit=6)
    assert len({drawn(PRIORITIES, SOFTMAX, seed, limit=6).places for seed in range(20)}) > 5


def test_the_currency_of_the_value_changes_no_probability() -> None:
    both = [drawn(PRIORITIES * factor, SOFTMAX, 5, limit=6) for factor in (1, 4096)]
    assert both[0].places == both[1].places
    assert both[0].probabilities == pytest.approx(both[1].probabilities, rel=1e-12)


def test_products_of_no_priority_are_as_likely_as_each_other() -> None:
    assert probabilities(np.full(4, -np.inf), 0.05) == pytest.approx(0.25)
    assert drawn(np.zeros(4), SOFTMAX).probabilities == (0.25,)


def test_a_negative_priority_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        drawn(np.array([1.0, -0.1]), SOFTMAX)


def test_arms_have_their_shares_and_last_a_month() -> None:
    chance = seeded(1)
    november = [arm_of(one, NOVEMBER, ON, chance) for one in CUSTOMERS]
    shares = {arm: count / len(CUSTOMERS) for arm, count in Counter(november).items()}
    assert shares[UNIFORM] == pytest.approx(0.02, abs=0.004)
    assert shares[SILENT] == pytest.approx(0.01, abs=0.003)

    earlier = datetime(2026, 11, 1, tzinfo=UTC)
    assert [arm_of(one, earlier, ON, chance) for one in CUSTOMERS[:2000]] == november[:2000]
    december = [arm_of(one, DECEMBER, ON, chance) for one in CUSTOMERS]
    both = sum(one == other == UNIFORM for one, other in zip(november, december, strict=True))
    assert both < 0.002 * len(CUSTOMERS)


def test_a_larger_share_moves_nobody_between_the_other_arms() -> None:
    chance, more = seeded(1), Exploration(on=True, uniform=0.1, silent=0.05)
    for one in CUSTOMERS[:5000]:
        before, after = arm_of(one, NOVEMBER, ON, chance), arm_of(one, NOVEMBER, more, chance)
        assert before in (after, SOFTMAX)


def test_an_anonymous_customer_is_dealt_anew_each_time_and_never_silent() -> None:
    chance = seeded(1)
    arms = Counter(arm_of(None, NOVEMBER, Exploration(on=True, uniform=0.4, silent=0.4), chance) for _ in range(2000))
    assert set(arms) == {UNIFORM, SOFTMAX}
    assert arms[UNIFORM] / 2000 == pytest.approx(0.4, abs=0.05)


def test_nobody_is_in_an_arm_while_nothing_is_explored() -> None:
    assert {arm_of(one, NOVEMBER, Exploration(), seeded(1)) for one in [None, *CUSTOMERS[:500]]} == {None}
