"""Results over JSON, of deliveries that the service itself has made, held out, handed over and heard of."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from flask import Flask

from catalog_app.core.db import db
from tests.campaigns.factories import offered, running
from tests.support.api import Program

CUSTOMERS = 600
TOLD_RATE, HELD_OUT_RATE = 0.2, 0.1


@pytest.fixture
def program(app: Flask) -> Program:
    return Program.with_scopes(app, "campaigns:read", "campaigns:trigger")


def started(app: Flask, **overrides: Any) -> int:
    with app.app_context():
        campaign = running(offered(), **overrides)
        db.session.remove()
        return campaign.id


def triggered(program: Program, campaign_id: int) -> list[dict[str, Any]]:
    items = [{"key": f"k{number}", "customer_id": f"c{number}", "customer_features": {"segments": ["family"] if number % 6 else []}} for number in range(CUSTOMERS)]  # fmt: skip
    answer = program.post(f"/campaigns/{campaign_id}/trigger/", {"items": items})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json["results"]
    return results


def handed_over(program: Program) -> None:
    lease = program.get("/campaigns/outbox/?limit=1000").json["lease"]
    assert program.post("/campaigns/outbox/ack/", {"lease": lease}).status_code == 200


def heard_of(program: Program, results: list[dict[str, Any]], chance: Random) -> Counter[str]:
    """Tell who accepted, and return how many did on each side."""
    rates = {"waiting": TOLD_RATE, "control": HELD_OUT_RATE}
    accepted = [one for one in results if one["status"] in rates and chance.random() < rates[one["status"]]]
    events = [{"delivery_id": one["delivery_id"], "event": "accepted"} for one in accepted]
    assert program.post("/campaigns/feedback/", {"events": events}).status_code == 200
    return Counter(one["status"] for one in accepted)


def test_results_are_what_was_triggered_held_out_sent_and_answered(app: Flask, program: Program) -> None:
    campaign_id = started(app, control_group_percent="20", audience={"segments": ["family"]})
    results = triggered(program, campaign_id)
    handed_over(program)
    accepted = heard_of(program, results, Random(4))  # noqa: S311  # a simulation that has to repeat itself
    made = Counter(one["status"] for one in results)

    found = program.get(f"/campaigns/{campaign_id}/results").json

    assert made["refused"] == CUSTOMERS // 6
    assert found["triggered"] == CUSTOMERS
    assert found["by_status"]["sent"] == found["sent"] == made["waiting"]
    assert found["refused"] == [{"code": "audience", "count": made["refused"]}]
    assert (found["target"]["customers"], found["target"]["accepted"]) == (made["waiting"], accepted["waiting"])
    assert (found["control"]["customers"], found["control"]["accepted"]) == (made["control"], accepted["control"])
    assert found["accepted"] == accepted["waiting"]
    assert found["difference"]["low"] < found["difference"]["rate"] < found["difference"]["high"]
    assert found["difference"]["low"] <= TOLD_RATE - HELD_OUT_RATE <= found["difference"]["high"]
    assert found["level"] == 0.95


def test_a_message_that_was_told_of_twice_counts_once(app: Flask, program: Program) -> None:
    campaign_id = started(app)
    results = triggered(program, campaign_id)
    handed_over(program)
    events = [
        {"delivery_id": results[0]["delivery_id"], "event": event} for event in ("delivered", "clicked", "accepted")
    ]
    for _ in range(2):
        program.post("/campaigns/feedback/", {"events": events})

    found = program.get(f"/campaigns/{campaign_id}/results/").json

    assert [found[name] for name in ("delivered", "clicked", "accepted", "declined")] == [1, 1, 1, 0]
    assert found["decision"] == "no_control"
    assert found["difference"] is None


def test_results_are_read_with_the_scope_of_reading_and_of_campaigns_that_are_there(app: Flask) -> None:
    campaign_id = started(app)
    reader, engine = (Program.with_scopes(app, scope) for scope in ("campaigns:read", "campaigns:trigger"))

    assert reader.get(f"/campaigns/{campaign_id}/results/").status_code == 200
    assert engine.get(f"/campaigns/{campaign_id}/results/").status_code == 403
    assert reader.get(f"/campaigns/{campaign_id + 1}/results/").status_code == 404
    assert reader.get(f"/campaigns/{campaign_id}/results/?since=yesterday").status_code == 400
