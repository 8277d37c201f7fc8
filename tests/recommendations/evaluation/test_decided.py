"""What decisions write down while offers are explored is what an evaluation reads, and can be worked out again."""

from random import Random

import numpy as np
import pytest
from sqlalchemy import select

from catalog_app.core.db import db, writing
from catalog_app.recommendations.decisions.asked import Asked
from catalog_app.recommendations.evaluation.log import logged
from catalog_app.recommendations.evaluation.service import evaluation
from catalog_app.recommendations.models import Decision
from catalog_app.recommendations.scoring.arms import SILENT, SOFTMAX, UNIFORM
from catalog_app.recommendations.scoring.exploring import Exploration, arm_of, choose
from catalog_app.recommendations.service import decide
from catalog_app.recommendations.settings import settings_row
from tests.recommendations.evaluation import world

HOW = Exploration(on=True, uniform=0.3, silent=0.3, epsilon=0.4, temperature=1.0)
CUSTOMERS = 30


@pytest.fixture
def decided(app: object) -> list[Decision]:
    """Return the log of decisions about many customers, and about some whom nobody knows."""
    world.products()
    with writing() as session:
        settings_row(session).exploration = {
            "on": True, "uniform": HOW.uniform, "silent": HOW.silent, "epsilon": HOW.epsilon, "temperature": 1.0,
        }  # fmt: skip
    for number in range(CUSTOMERS):
        known = None if number % 5 == 0 else f"C-{number}"
        decide(Asked(customer_id=known, explore=number % 6 != 1), actor="tests")
    db.session.remove()
    return list(db.session().scalars(select(Decision).order_by(Decision.id)))


def test_every_decision_can_be_worked_out_again_from_its_seed(decided: list[Decision]) -> None:
    explored = [one for one in decided if one.arm is not None]
    assert {one.arm for one in explored} == {SOFTMAX, UNIFORM, SILENT}
    for one in explored:
        chance = Random(one.seed)  # noqa: S311  # the same again
        assert arm_of(one.customer, one.decided_at, HOW, chance) == one.arm
        by_product = sorted(one.offers, key=lambda offer: offer["product_id"])
        priorities = np.array([offer["priority"] for offer in by_product])
        again = choose(priorities, 5, exploration=HOW, arm=one.arm, chance=chance)
        assert [by_product[place]["product_id"] for place in again.places] == [
            each["product_id"] for each in one.offers
        ]
        assert [each["probability"] for each in one.offers] == pytest.approx(again.probabilities)
        assert one.probability == (one.offers[0]["probability"] if one.offers else 1)


def test_who_takes_no_part_gets_the_best_first_and_is_left_out_of_what_is_weighed(decided: list[Decision]) -> None:
    plain = [one for one in decided if one.arm is None]
    assert len(plain) == CUSTOMERS // 6
    assert {(one.probability, one.offers[0]["value"]) for one in plain} == {(1.0, 20.0)}

    weighed = [one for one in decided if one.arm in {SOFTMAX, UNIFORM}]
    first, last = decided[0].decided_at, decided[-1].decided_at
    log = logged(db.session(), first, last)
    assert log is not None
    assert log.probability.tolist() == [one.probability for one in weighed if one.decided_at < last]
    assert log.candidates(slice(None)).all()
    found = evaluation()
    assert (found.decisions, found.explored) == (CUSTOMERS, len(weighed))
