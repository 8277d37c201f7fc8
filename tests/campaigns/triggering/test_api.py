"""Triggers and feedback over JSON."""

from collections import Counter

from flask import Flask

from tests.campaigns.factories import drafted, offered, running
from tests.campaigns.triggering.calls import item
from tests.support.api import Program


def test_a_call_answers_each_item_in_order_with_counts(app: Flask) -> None:
    campaign = running(offered(min_customer_value="100"))
    engine = Program.with_scopes(app, "campaigns:trigger")
    sent = [item(1, customer_features={"customer_value": 100}), item(2), item(1)]

    answer = engine.post(f"/campaigns/{campaign.id}/trigger", {"items": sent})

    assert answer.status_code == 200
    assert [one["key"] for one in answer.json["results"]] == ["k1", "k2", "k1"]
    assert answer.json["counts"] == {"waiting": 2, "refused": 1, "repeated": 1}
    (reason,) = answer.json["results"][1]["reasons"]
    assert reason["outcome"] == "unknown"
    assert answer.json["results"][0]["not_before"] is None


def test_a_call_that_cannot_be_answered_does_nothing_at_all(app: Flask) -> None:
    campaign = running(offered())
    engine = Program.with_scopes(app, "campaigns:trigger")

    wrongly: list[dict[str, object]] = [
        {},
        {"items": []},
        {"items": [item(number) for number in range(1001)]},
        {"items": [item(1)], "also": 1},
    ]

    nameless = engine.post(f"/campaigns/{campaign.id}/trigger", {"items": [item(1), {"customer_id": "c2"}, 7]})
    wrong = [engine.post(f"/campaigns/{campaign.id}/trigger", body).status_code for body in wrongly]
    test = engine.post(f"/campaigns/{campaign.id}/trigger", {"items": [{**item(1), "key": "test:1"}]})
    missing = engine.post("/campaigns/999/trigger", {"items": [item(1)]})

    assert nameless.status_code == 422
    assert {fault["pointer"] for fault in nameless.json["errors"]} == {"/items/1/key", "/items/2"}
    assert wrong == [422, 422, 422, 422]
    assert (test.status_code, missing.status_code) == (422, 404)
    again = engine.post(f"/campaigns/{campaign.id}/trigger", {"items": [item(1)]})
    assert again.json["counts"] == {"waiting": 1, "repeated": 0}


def test_an_event_reaches_every_active_campaign_that_waits_for_it(app: Flask) -> None:
    first = running(offered(name="One"), name="One", trigger_event="recharge")
    second = running(offered(name="Two"), name="Two", trigger_event="recharge")
    running(offered(name="Three"), name="Three", trigger_event="churn_risk")
    drafted(offered(name="Four"), name="Four", trigger_event="recharge")
    engine = Program.with_scopes(app, "campaigns:trigger")

    body = {"trigger_event": "recharge", "items": [item(1), item(2)]}
    answer = engine.post("/campaigns/trigger", body)
    again = engine.post("/campaigns/trigger", body)
    nobody = engine.post("/campaigns/trigger", {**body, "trigger_event": "birthday"})

    told = [(one["campaign_id"], one["key"]) for one in answer.json["results"]]
    assert told == [(number, key) for number in (first.id, second.id) for key in ("k1", "k2")]
    assert again.json["counts"] == {"waiting": 4, "repeated": 4}
    assert nobody.json == {"results": [], "counts": {"repeated": 0}}


def test_feedback_is_told_and_counted(app: Flask) -> None:
    campaign = running(offered())
    engine = Program.with_scopes(app, "campaigns:trigger")
    made = engine.post(f"/campaigns/{campaign.id}/trigger", {"items": [item(1)]}).json["results"][0]

    answer = engine.post("/campaigns/feedback", {"events": [{"delivery_id": made["delivery_id"], "event": "clicked"}]})
    ahead = engine.post(
        "/campaigns/feedback",
        {"events": [{"delivery_id": 1, "event": "clicked", "occurred_at": "2999-01-01T00:00:00Z"}]},
    )

    assert answer.json["counts"] == {"recorded": 1, "repeated": 0, "not_sent": 0, "unknown": 0}
    assert ahead.status_code == 422
    assert ahead.json["errors"][0]["pointer"] == "/events/0/occurred_at"
    nothing = engine.post("/campaigns/feedback", {"events": []}).json["errors"]
    assert [(one["code"], one["message"]) for one in nothing] == [("too_short", "Fill this in.")]


def test_only_the_scope_for_triggers_may_trigger(app: Flask) -> None:
    campaign = running(offered())
    reader = Program.with_scopes(app, "campaigns:read", "campaigns:write", name="reader")

    paths = (f"/campaigns/{campaign.id}/trigger", "/campaigns/trigger", "/campaigns/feedback")

    assert Counter(reader.post(path, {"items": []}).status_code for path in paths) == {403: 3}
