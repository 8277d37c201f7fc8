"""A world in which the truth is known: three products, young and old customers, and how likely each takes what."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.recommendations.decisions.candidate_sets import hash_of, packed
from catalog_app.recommendations.learning.fitting import fit_model
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Impressions, TrainingData
from catalog_app.recommendations.models import CandidateSet, Decision, FeedbackEvent
from catalog_app.recommendations.scoring.arms import SILENT
from catalog_app.recommendations.scoring.exploring import Exploration, arm_of, choose
from tests.products.factories import saved

Array = NDArray[np.float64]

PRICES: Final = np.array([10.0, 10.0, 20.0])
YOUNG, OLD = "young", "old"
ACCEPTS: Final = {YOUNG: (0.05, 0.35, 0.15), OLD: (0.5, 0.05, 0.15)}
"""Worth most to the young is the second product, to the old the first; the third is the most valuable."""
ANYWAY: Final = 0.04
"""How likely somebody takes a product within the month who is offered none."""
BEST_RATE: Final = (0.35 + 0.5) / 2
VALUABLE_RATE: Final = 0.15
EXPLORATION: Final = Exploration(on=True, uniform=0.2, silent=0.2, epsilon=0.3, temperature=1.0)


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311  # what is drawn is no secret


def products() -> list[int]:
    """Save the three products and return their numbers."""
    with writing() as session:
        return [saved(session, name=f"Product {row}", business_value=str(price)).id for row, price in enumerate(PRICES)]


def age_of(number: int) -> str:
    return OLD if number % 2 else YOUNG


def impressions(product_ids: Sequence[int], count: int, *, seed: int = 5, turned: bool = False) -> Impressions:
    """Return offers drawn evenly with their outcome; `turned` swaps what the young and the old like."""
    chance = seeded(seed)
    ages = [age_of(number) for number in range(count)]
    offers = [chance.randrange(3) for _ in range(count)]
    likes = {YOUNG: ACCEPTS[OLD], OLD: ACCEPTS[YOUNG]} if turned else ACCEPTS
    accepted = [chance.random() < likes[age][offer] for age, offer in zip(ages, offers, strict=True)]
    return Impressions(
        features=[{"age_group": age} for age in ages],
        owned=[()] * count,
        offer=np.array([product_ids[offer] for offer in offers], np.int64),
        accepted=np.array(accepted, np.float64),
        at=np.arange(count, dtype=np.float64),
        customer=np.full(count, -1, np.int64),
    )


def learned(product_ids: Sequence[int], *, turned: bool = False, ageless: bool = False) -> Model:
    """Return a model of this world, of one in which young and old are turned round, or one that knows no ages."""
    shown = impressions(product_ids, 1_500, turned=turned)
    if ageless:
        shown = replace(shown, features=[{}] * len(shown))
    model = fit_model(TrainingData(np.array(product_ids, np.int64), [{}, {}, {}], [], shown))
    assert model is not None
    return model


def decide(product_ids: Sequence[int], count: int, *, explored: bool = True, began: datetime | None = None) -> None:
    """Write so many decisions, one for each customer, valuable products first, and what became of them."""
    chance, written = seeded(9), packed(np.array(product_ids, np.int64))
    at = began or utcnow() - timedelta(days=40)
    with writing() as session:
        session.add(CandidateSet(hash=hash_of(written), size=3, product_ids=written, last_used=at))
        decisions = [
            _decision(product_ids, number, at, chance, explored=explored, candidate_set=hash_of(written))
            for number in range(count)
        ]
        session.add_all(decisions)
        session.flush()
        session.add_all(
            FeedbackEvent(
                event_id=f"a{number}", customer=one.customer, product_id=product_id, event="accepted",
                occurred_at=at + timedelta(minutes=10), received_at=at, decision_id=one.id if one.offers else None,
            )
            for number, one in enumerate(decisions)
            if (product_id := _taken(product_ids, number, one, chance)) is not None
        )  # fmt: skip
    db.session.remove()


def _decision(
    product_ids: Sequence[int], number: int, at: datetime, chance: Random, *, explored: bool, **fields: Any
) -> Decision:
    customer = f"{number:032x}"
    arm = arm_of(customer, at, EXPLORATION, chance) if explored else None
    chosen = choose(PRICES, 2, exploration=EXPLORATION, arm=arm, chance=chance)
    offers = [
        {"product_id": product_ids[place], "rank": rank, "probability": probability}
        for rank, (place, probability) in enumerate(zip(chosen.places, chosen.probabilities, strict=True), 1)
    ]
    return Decision(
        decided_at=at, customer=customer, features={"age_group": age_of(number)}, owned=[], eligible=3, basis="value",
        arm=arm, seed=0, offers=offers, probability=chosen.probabilities[0] if offers else 1.0, **fields,
    )  # fmt: skip


def _taken(product_ids: Sequence[int], number: int, decision: Decision, chance: Random) -> int | None:
    if decision.arm == SILENT:
        return product_ids[0] if chance.random() < ANYWAY else None
    offered: int = decision.offers[0]["product_id"]
    likely = ACCEPTS[age_of(number)][product_ids.index(offered)]
    return offered if chance.random() < likely else None
