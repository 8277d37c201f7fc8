"""Campaigns with an effect that is known, counted by what the results page counts by."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from catalog_app.campaigns.results.reading import results_of
from catalog_app.core.db import db
from tests.campaigns.results.rows import NOW, campaign, delivery, keep

CAMPAIGNS = 200
LEAST_COVERED = 182
"""Of 200 campaigns whose intervals cover with exactly 95 %, so many or more are covered in 99.4 of 100 repetitions."""
TARGET, CONTROL = 270, 30
TARGET_RATE, CONTROL_RATE = 0.12, 0.07


@pytest.mark.usefixtures("app")
def test_of_200_campaigns_with_a_known_effect_95_in_100_have_it_inside_their_interval() -> None:
    chance = Random(200)  # noqa: S311  # a simulation that has to repeat itself
    simulated = [campaign(f"Simulated {number}") for number in range(CAMPAIGNS)]
    keep(*(row for one in simulated for row in _deliveries(one, chance)))

    covered = sum(map(_covers, simulated))

    assert covered >= LEAST_COVERED


def _covers(campaign_id: int) -> bool:
    found = results_of(db.session(), campaign_id).comparison
    assert (found.target.customers, found.control.customers) == (TARGET, CONTROL)
    assert found.interval is not None
    return found.interval.low <= TARGET_RATE - CONTROL_RATE <= found.interval.high


def _deliveries(campaign_id: int, chance: Random) -> Iterator[dict[str, Any]]:
    for status, customers, rate in (("sent", TARGET, TARGET_RATE), ("control", CONTROL, CONTROL_RATE)):
        for number in range(customers):
            answer = NOW if chance.random() < rate else None
            yield delivery(campaign_id, f"{status}-{number}", status=status, accepted_at=answer)
