"""A model is judged by the later part of the data, and by the decisions in which chance took part."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from catalog_app.recommendations.decisions.candidate_sets import packed
from catalog_app.recommendations.evaluation.logged import LoggedDecisions
from catalog_app.recommendations.evaluation.self_check import SelfCheck, self_check
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Impressions
from catalog_app.recommendations.scoring.arms import UNIFORM
from catalog_app.recommendations.scoring.exploring import Exploration, choose
from tests.recommendations.evaluation import world

IDS = (11, 12, 13)
FIGURES = {
    "auc",
    "log_loss",
    "calibration_overall",
    "calibration",
    "lift",
    "before",
    "rows",
    "accepted",
    "rate_log_loss",
}


@cache
def model(*, turned: bool = False) -> Model:
    return world.learned(IDS, turned=turned)


@cache
def later(*, turned: bool = False) -> Impressions:
    return world.impressions(IDS, 1_200, seed=6, turned=turned)


def log(count: int = 3_000, *, turned: bool = False) -> LoggedDecisions:
    """Return decisions that were drawn evenly, and what became of them."""
    chance, zeros = world.seeded(8), np.zeros(count, np.int64)
    likes = {world.YOUNG: world.ACCEPTS[world.OLD], world.OLD: world.ACCEPTS[world.YOUNG]} if turned else world.ACCEPTS
    drawn = [choose(world.PRICES, 1, exploration=Exploration(), arm=UNIFORM, chance=chance) for _ in range(count)]
    offer = np.array([one.places[0] for one in drawn])
    return LoggedDecisions(
        product_ids=np.array(IDS, np.int64),
        described=[{}, {}, {}],
        value=world.PRICES,
        weight=np.ones((1, 3)),
        context=zeros,
        sets=[packed(np.array(IDS, np.int64))],
        among=zeros,
        features=[{"age_group": world.age_of(number)} for number in range(count)],
        owned=[()] * count,
        offer=offer,
        probability=np.array([one.probabilities[0] for one in drawn]),
        accepted=np.array(
            [chance.random() < likes[world.age_of(number)][row] for number, row in enumerate(offer)], float
        ),
        customer=np.arange(count),
    )


def raised(impressions: Impressions, share: float) -> Impressions:
    """Return impressions of which some that were not accepted were."""
    chance = np.random.default_rng(2).random(len(impressions)) < share
    return replace(impressions, accepted=np.maximum(impressions.accepted, chance))


def test_a_model_of_the_same_world_holds_and_says_by_how_much() -> None:
    found = self_check(model(), later(), earlier=world.impressions(IDS, 500), log=log())
    assert found.holds
    assert found.reason.startswith("It holds: AUC 0.7")
    assert "a decision beside what runs" in found.reason
    assert FIGURES | {"value", "difference", "effective_sample", "decisions"} <= set(found.metrics)
    assert found.metrics["log_loss"] < found.metrics["rate_log_loss"]
    assert found.metrics["value"]["dr"]["low"] < world.BEST_RATE < found.metrics["value"]["dr"]["high"]


def test_without_a_log_nothing_is_compared_and_the_rest_counts() -> None:
    found = self_check(model(), later())
    assert found.holds
    assert set(found.metrics) == FIGURES


def test_a_model_that_orders_the_wrong_way_round_does_not_hold() -> None:
    found = self_check(model(), later(turned=True), serves=False)
    assert (found.holds, found.reason.template.split(":")[0]) == (False, "It orders later offers no better than chance")


def test_a_model_that_orders_clearly_worse_than_the_one_in_use_does_not_hold() -> None:
    ageless = world.learned(IDS, ageless=True)
    assert self_check(ageless, later()).holds
    found = self_check(ageless, later(), running=model())
    assert not found.holds
    assert found.reason.startswith("It orders later offers worse than the model in use")


def test_a_level_that_is_off_holds_a_model_back_unless_nothing_better_is_known() -> None:
    high, same_rate = raised(later(), 0.4), raised(world.impressions(IDS, 800), 0.4)
    off = self_check(model(), high, earlier=same_rate)
    assert not off.holds
    assert off.reason.endswith("may be 10 % off.")
    assert self_check(model(), high, earlier=same_rate, serves=False).holds
    drifted = replace(same_rate, accepted=np.zeros(len(same_rate)))
    assert self_check(model(), high, earlier=drifted).holds


def test_a_model_whose_offers_are_accepted_less_than_those_that_run_does_not_hold() -> None:
    found = self_check(model(), later(), log=log(turned=True))
    assert not found.holds
    assert found.reason.startswith("Fewer of its first offers")
    assert found.metrics["difference"]["high"] < 0


def test_a_model_is_compared_with_the_model_in_use_on_the_same_decisions() -> None:
    found = self_check(model(), later(), log=log(), running=model(turned=True))
    assert found.holds
    gain = world.BEST_RATE - (0.05 + 0.05) / 2
    assert found.metrics["difference"]["low"] < gain < found.metrics["difference"]["high"]
    assert found.metrics["before"]["auc"] < 0.5


def test_a_policy_that_the_log_hardly_follows_waits_for_more_of_it() -> None:
    few = log(600)
    assert self_check(model(), later(), log=few).reason.endswith("with what runs.")
    assert self_check(model(), later(), log=few, serves=False).holds
    assert self_check(model(), later(), log=log(300)).holds


@pytest.mark.parametrize("count", [0, 60])
def test_too_few_later_offers_hold_nothing_against_a_model(count: int) -> None:
    found = self_check(model(), later().take(np.arange(count)))
    assert found == SelfCheck(
        holds=True, reason=found.reason, metrics={"rows": count, "accepted": found.metrics["accepted"]}
    )
    assert "a check takes 100" in found.reason
