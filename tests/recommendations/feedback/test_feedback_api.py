"""Feedback over HTTP: a batch, an answer for each event, and what is no batch at all."""

from typing import Any

from flask import Flask

from catalog_app.core.clock import utcnow
from tests.recommendations.feedback.told import decided, event, products
from tests.support.api import Program


def test_each_event_of_a_call_has_an_answer_in_its_place(app: Flask, teller: Program) -> None:
    (product,) = products(1)

    number = decided(None, [product], utcnow())

    answer = teller.post(
        "/nbo/feedback/",
        {"events": [event(1, product, decision_id=number), event(2, 99, probability=1.5), event(3, product, "held")]},
    )

    assert answer.status_code == 200
    body: dict[str, Any] = answer.json
    assert (body["recorded"], body["repeated"], body["refused"]) == (2, 0, 1)
    first, second, third = body["results"]
    assert first == {"event_id": "e1", "status": "recorded", "attributed_to": {"decision_id": number}}
    assert second["status"] == "refused"
    assert list(second["errors"]) == ["probability"]
    assert third == {"event_id": "e3", "status": "recorded", "attributed_to": None}


def test_what_is_no_list_of_up_to_1000_events_is_refused_as_a_whole(app: Flask, teller: Program) -> None:
    bodies: list[dict[str, Any]] = [{}, {"events": []}, {"events": [{}] * 1001}, {"events": [{}], "now": True}]
    for body in bodies:
        assert teller.post("/nbo/feedback", body).status_code == 422
