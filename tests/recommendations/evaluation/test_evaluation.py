"""Evaluation of a decision log in which the truth is known."""

from datetime import timedelta
from functools import cache

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import RuleError
from catalog_app.core.proportions import Decision as Verdict
from catalog_app.recommendations.evaluation.found import Estimate, Evaluation, PolicyValue
from catalog_app.recommendations.evaluation.service import IN_SAMPLE, NO_MODEL, NO_SILENT, NOTHING_EXPLORED, evaluation
from catalog_app.recommendations.learning.artefact import digest, to_bytes
from catalog_app.recommendations.models import ACTIVE, CANDIDATE, SHOWN, Decision, FeedbackEvent, ModelVersion
from catalog_app.recommendations.settings import settings_row
from tests.recommendations.evaluation import world
from tests.support.api import Program

DECISIONS = 2_000


@cache
def artefact(product_ids: tuple[int, ...], *, turned: bool) -> bytes:
    return to_bytes(world.learned(product_ids, turned=turned))


def keep_model(product_ids: list[int], *, turned: bool = False, serves: bool = True) -> int:
    """Keep a model as a version, in use or not, and return its number."""
    content, now = artefact(tuple(product_ids), turned=turned), utcnow()
    with writing() as session:
        row = ModelVersion(
            status=ACTIVE if serves else CANDIDATE, basis="full", trained_at=now, trained_by="tests",
            data_until=now - timedelta(days=100 if serves else 30), customers=0, impressions=1500, acceptances=300,
            products=3, seconds=1.0, settings={}, metrics={}, sha256=digest(content), size=len(content), artefact=content,
        )  # fmt: skip
        session.add(row)
        session.flush()
        number = row.version
        if serves:
            settings_row(session).active_model = number
    db.session.remove()
    return number


def policy(found: Evaluation, key: str) -> PolicyValue:
    return next(one for one in found.policies if one.key == key)


def holds(estimate: Estimate | None, truth: float) -> bool:
    assert estimate is not None
    return estimate.low <= truth <= estimate.high and estimate.high - estimate.low < 0.3


@pytest.mark.usefixtures("app")
def test_each_policy_is_worth_what_it_would_have_brought() -> None:
    numbers = world.products()
    world.decide(numbers, DECISIONS)
    serving, other = keep_model(numbers), keep_model(numbers, turned=True, serves=False)
    found = evaluation(versions=[other])

    assert [one.key for one in found.policies] == ["running", "model", "candidate", "most_valuable"]
    model, valuable, turned = policy(found, "model"), policy(found, "most_valuable"), policy(found, "candidate")
    assert (model.model_version, turned.model_version) == (serving, other)
    assert all(holds(each, world.BEST_RATE) for each in (model.ips, model.snips, model.dr))
    assert model.dm is not None
    assert model.dm.value == pytest.approx(world.BEST_RATE, abs=0.05)
    assert all(holds(each, world.VALUABLE_RATE) for each in (valuable.ips, valuable.snips, valuable.dr))
    assert turned.dr is not None
    assert model.dr is not None
    assert turned.dr.high < model.dr.low
    assert model.covered == pytest.approx(1, abs=0.15)
    assert (model.in_sample, turned.in_sample, IN_SAMPLE in found.notes) == (False, True, True)

    running = policy(found, "running")
    assert running.ips == running.dr
    assert found.explored == found.decisions - next(one.decisions for one in found.arms if one.arm == "silent")

    by_value = policy(evaluation(measure="value"), "most_valuable")
    assert by_value.snips is not None
    assert valuable.snips is not None
    assert by_value.snips.value == pytest.approx(20 * valuable.snips.value)


@pytest.mark.usefixtures("app")
def test_arms_and_what_offers_bring_are_counted_in_customers() -> None:
    numbers = world.products()
    world.decide(numbers, DECISIONS)
    found = evaluation()

    arms = {one.arm: one for one in found.arms}
    assert {arm: pytest.approx(one.customers / DECISIONS, abs=0.04) for arm, one in arms.items()} == {
        "softmax": 0.6, "uniform": 0.2, "silent": 0.2,
    }  # fmt: skip
    assert found.uplift is not None
    assert found.uplift.control.customers == arms["silent"].customers
    assert found.uplift.decision is Verdict.GAIN
    interval = found.uplift.interval
    assert interval is not None
    assert interval.low < 0.19 - world.ANYWAY < interval.high
    assert NO_MODEL in found.notes


@pytest.mark.usefixtures("app")
def test_without_chance_only_what_was_answered_is_known() -> None:
    numbers = world.products()
    world.decide(numbers, 60, explored=False)
    found = evaluation()
    assert (found.decisions, found.explored, found.arms, found.uplift) == (60, 0, (), None)
    valuable = policy(found, "most_valuable")
    assert (valuable.ips, valuable.snips, valuable.dm, valuable.dr) == (None, None, None, None)
    assert {NOTHING_EXPLORED, NO_SILENT} <= set(found.notes)


@pytest.mark.usefixtures("app")
def test_an_answer_that_comes_after_the_time_of_attribution_is_none() -> None:
    numbers = world.products()
    world.decide(numbers, 200)
    with writing() as session:
        for event in session.query(FeedbackEvent):
            event.occurred_at += timedelta(days=15)
    running = policy(evaluation(), "running").ips
    assert running is not None
    assert (running.value, running.low) == (0, 0)
    assert 0 < running.high < 0.05


@pytest.mark.usefixtures("app")
def test_where_it_is_reported_what_was_shown_other_decisions_count_for_nothing() -> None:
    numbers = world.products()
    world.decide(numbers, 200)
    with writing() as session:
        offered = {one.id for one in session.query(Decision) if one.offers}
        told = [event for event in session.query(FeedbackEvent) if event.decision_id in offered]
        told[0].event = SHOWN
    found = evaluation()
    assert found.explored == len(told) < 100
    running = policy(found, "running").ips
    assert running is not None
    assert running.value == pytest.approx(1 - 1 / len(told))


@pytest.mark.usefixtures("app")
def test_an_empty_time_has_nothing_to_say_and_a_wrong_one_is_refused() -> None:
    found = evaluation()
    assert (found.decisions, found.policies, len(found.notes)) == (0, (), 1)
    with pytest.raises(RuleError):
        evaluation(since=utcnow(), until=utcnow() - timedelta(days=1))


def test_the_api_tells_the_same(app: Flask) -> None:
    numbers = world.products()
    world.decide(numbers, 300)
    reader = Program.with_scopes(app, "ml:read", name="reader")
    found = reader.get("/api/loyalty/v1/nbo/evaluation/?measure=value")
    assert found.status_code == 200
    told = found.get_json()
    assert told["measure"] == "value"
    assert {one["policy"] for one in told["policies"]} == {"running", "most_valuable"}
    assert set(told["policies"][0]["ips"]) == {"value", "low", "high", "effective_sample"}
    assert told["uplift"]["control"]["customers"] == sum(
        one["customers"] for one in told["arms"] if one["arm"] == "silent"
    )


def test_the_api_refuses_what_it_cannot_evaluate(app: Flask) -> None:
    reader = Program.with_scopes(app, "ml:read", name="reader")
    asked = {
        "measure=clicks": 400,
        "since=2026-02-01&until=2026-01-01": 400,
        "until=0001-01-01": 200,
        "model_version=7": 404,
        "model_version=x": 400,
        "model_version=1&model_version=2&model_version=3&model_version=4": 400,
        "days=3": 400,
    }
    answers = {query: reader.get(f"/api/loyalty/v1/nbo/evaluation/?{query}").status_code for query in asked}
    assert answers == asked
    assert Program.with_scopes(app, "nbo:read", name="other").get("/api/loyalty/v1/nbo/evaluation/").status_code == 403
