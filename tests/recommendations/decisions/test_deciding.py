"""POST /nbo/decide: what is offered, why, what is left out and why, and what is written down of it."""

from datetime import timedelta
from math import fsum, isclose, prod
from typing import Any

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.service import ProductCatalogService
from catalog_app.recommendations.decisions import retention
from catalog_app.recommendations.decisions.candidate_sets import unpacked
from catalog_app.recommendations.models import CandidateSet, Decision
from catalog_app.recommendations.settings import held_settings
from tests.recommendations.batches.serving import learned, owned, serve, told
from tests.recommendations.decisions.conftest import Make
from tests.support.api import Answer, Program

DECIDE = "/nbo/decide/"


def decide(asker: Program, **body: Any) -> Any:
    answer = asker.post(DECIDE, body)
    assert answer.status_code == 200, answer.text
    return answer.json


def names(answer: Any) -> list[str]:
    return [offer["name"] for offer in answer["offers"]]


def why(answer: Any) -> dict[str, list[str]]:
    return {one["name"]: [reason["code"] for reason in one["reasons"]] for one in answer["excluded"]}


def settle(**values: Any) -> None:
    with writing() as session:
        row = held_settings(session)
        for name, value in values.items():
            setattr(row, name, value)


def test_without_a_model_the_most_valuable_eligible_products_come_first_and_the_decision_is_written(
    asker: Program, make: Make
) -> None:
    make("Cheap", price="10", currency="SAR")
    make("Dear", price="90", currency="SAR", lever_weight=50)
    make("Boosted", business_value="60", lever_weight=55)
    make("Unknown worth", price="5", currency="EUR")
    make("For gold", target_segments=["gold"])
    first = decide(asker, customer_id="7", customer_features={"segments": ["silver"]}, channel="sms", limit=3)

    assert (first["basis"], first["model_version"]) == ("value", None)
    assert names(first) == ["Dear", "Boosted", "Unknown worth"]
    assert [offer["value"] for offer in first["offers"]] == ["90.00", "60.00", None]
    # What has no value counts as the median of the others.
    assert first["offers"][2]["factors"]["value"] == 60.0
    for offer in first["offers"]:
        assert isclose(prod(offer["factors"].values()), offer["priority"], rel_tol=1e-9)
        assert offer["probability"] == 1
        assert fsum(reason["amount"] for reason in offer["reasons"]) == offer["score"]
    logged = asker.get(f"/nbo/decisions/{first['decision_id']}/").json
    assert [offer["product_id"] for offer in logged["offers"]] == [offer["product_id"] for offer in first["offers"]]
    assert (logged["candidates"], logged["eligible"]) == ([1, 2, 3, 4], 4)
    assert (logged["features"], logged["customer"] != "7") == ({"segments": ["silver"]}, True)


def test_what_is_left_out_says_why_whoever_left_it_out(asker: Program, make: Make) -> None:
    mine, mine_again = make("Mine"), make("Voucher", product_type="voucher")
    make("For gold", target_segments=["gold"])
    make("Over", valid_to="2020-01-01T00:00:00Z")
    make("Once", max_per_customer=1)
    draft = make("Draft", lifecycle_status="in_design")
    answer = decide(asker, customer_features={"segments": []}, owned=[mine, mine_again], explain=True)

    assert names(answer) == ["Voucher"]
    assert why(answer) == {
        "Mine": ["already_owned"], "For gold": ["segments"], "Over": ["window"], "Once": ["limit"],
    }  # fmt: skip
    # The contacts know that this customer never took it, and only the candidates are looked at.
    answer = decide(asker, customer_id="7", owned=[], candidates=[5, 3, draft, 99], explain=True)
    assert (names(answer), why(answer), answer["excluded_count"]) == (
        ["Once"],
        {"For gold": ["segments"], "Draft": ["lifecycle"], "": ["not_found"]},
        3,
    )


def test_the_contact_policy_has_the_last_word(asker: Program, make: Make, teller: Program) -> None:
    liked, declined = make("Liked", business_value="1"), make("Declined", business_value="9")
    told_of = {"event_id": "1", "customer_id": "7", "product_id": declined, "event": "declined", "channel": "sms"}
    assert teller.post("/nbo/feedback/", {"events": [told_of]}).status_code == 200

    answer = decide(asker, customer_id="7", channel="sms", explain=True)
    assert (names(answer), why(answer)) == (["Liked"], {"Declined": ["declined"]})
    assert names(decide(asker, customer_id="8", channel="sms")) == ["Declined", "Liked"]

    chosen = {"choices": [{"customer_id": "7", "channel": "sms", "choice": "out"}]}
    assert asker.post("/contacts/choices/", chosen).status_code == 200
    answer = decide(asker, customer_id="7", channel="sms", explain=True)
    assert (answer["offers"], answer["eligible"], answer["refused"]["code"]) == ([], 0, "opted_out")
    assert why(answer) == {"Declined": ["declined", "opted_out"], "Liked": ["opted_out"]}
    assert names(decide(asker, customer_id="7", channel="app")) == ["Liked"]
    assert liked


def test_contexts_switches_and_levers_count_as_the_settings_say(asker: Program, make: Make) -> None:
    make("A", business_value="10", category="Postpaid/Family", lever_weight=-100)
    make("B", business_value="20", category="Postpaid/Youth")
    make("C", business_value="30", product_type="voice")
    weights = [{"product_type": "voice", "weight": 0.5}, {"category": "Postpaid", "weight": 3}]
    weights += [{"category": "Postpaid/Family", "weight": 4}, {"product_id": 1, "weight": 5}]
    settle(contexts=[{"key": "recharge", "label": "Recharge", "weights": weights}])

    answer = decide(asker, context="recharge")
    assert [(offer["name"], offer["context"], offer["levers"]) for offer in answer["offers"]] == [
        ("B", 3, 1), ("C", 0.5, 1), ("A", 5, 0),
    ]  # fmt: skip
    other = decide(asker, context="elsewhere")
    assert (names(other), other["unknown_features"]) == (["C", "B", "A"], ["context"])
    settle(use_value=False, use_levers=False)
    answer = decide(asker, context="recharge")
    assert [(offer["name"], offer["priority"]) for offer in answer["offers"]] == [("A", 5), ("B", 3), ("C", 0.5)]
    settle(use_context=False)
    assert names(decide(asker, context="recharge")) == ["A", "B", "C"]


def test_with_a_model_every_score_is_its_reasons_and_every_priority_its_factors(asker: Program, make: Make) -> None:
    ids = [make(f"P{number}", business_value=str(40 + number)) for number in range(12)]
    version = serve(learned(ids[:10]))
    for number in range(20):
        held = owned(number, ids)
        features = told(number)
        answer = decide(asker, customer_features=features, owned=held, limit=12, explain=number % 2 == 0)
        assert (answer["basis"], answer["model_version"]) == ("full", version)
        offers = answer["offers"]
        assert {offer["product_id"] for offer in offers} == set(ids) - set(held)
        assert [offer["priority"] for offer in offers] == sorted((offer["priority"] for offer in offers), reverse=True)
        for offer in offers:
            assert abs(fsum(reason["amount"] for reason in offer["reasons"]) - offer["score"]) <= 1e-9
            assert isclose(prod(offer["factors"].values()), offer["priority"], rel_tol=1e-9)
            assert offer["propensity"] == offer["factors"]["propensity"]
            assert 0 < offer["propensity"] < 1
            assert offer["uncertainty"] > 0
        recommended = asker.post("/recommendations/", {"customer_features": features, "owned": held, "limit": 100}).json
        assert recommended["basis"] == "affinity"
        assert {one["product_id"] for one in recommended["recommendations"]} == set(ids) - set(held)
        for one in recommended["recommendations"]:
            assert abs(fsum(reason["amount"] for reason in one["reasons"]) - one["score"]) <= 1e-9
    assert asker.get(f"/recommendations/similar/{ids[0]}/?limit=3").json["basis"] in ("affinity", "value")
    settle(use_propensity=False)
    assert names(decide(asker, customer_features=told(1), limit=2)) == ["P11", "P10"]
    settle(use_propensity=True, stale_days=-1)
    answer = decide(asker, customer_features={"customer_value": 5, "shoe_size": 44}, owned=[])
    assert answer["stale"] is True
    assert {"age", "shoe_size"} <= set(answer["unknown_features"])


def test_what_is_left_to_chance_is_logged_with_its_arm_and_probability(asker: Program, make: Make) -> None:
    for number in range(5):
        make(f"P{number}", business_value="10")
    settle(exploration={"on": True, "uniform": 0.5, "silent": 0.2})
    arms: dict[str, list[Any]] = {}
    for number in range(40):
        answer = decide(asker, customer_id=str(number), limit=2)
        arms.setdefault(answer["arm"], []).append(answer)
    assert set(arms) == {"uniform", "silent", "softmax"}
    assert all(answer["offers"] == [] for answer in arms["silent"])
    for answer in arms["uniform"]:
        assert [offer["probability"] for offer in answer["offers"]] == [0.2, 0.25]
        logged = asker.get(f"/nbo/decisions/{answer['decision_id']}/").json
        assert (logged["arm"], logged["probability"], logged["seed"] > 0) == ("uniform", 0.2, True)
    quiet = decide(asker, customer_id="1", explore=False)
    assert "arm" not in quiet
    assert [offer["probability"] for offer in quiet["offers"]] == [1] * 5


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"customer_features": {"x": 1e300}}, "/customer_features/x"),
        ({"customer_features": {"customer_value": -1}}, "/customer_features/customer_value"),
        ({"owned": ["%"]}, "/owned"),
        ({"limit": 101}, "/limit"),
        ({"candidates": []}, "/candidates"),
        ({"channel": "smoke"}, "/channel"),
        ({"colour": 1}, "/colour"),
    ],
)
def test_a_question_that_breaks_a_rule_is_told_where(asker: Program, body: dict[str, Any], pointer: str) -> None:
    answer = asker.post(DECIDE, body)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_nan_is_refused(asker: Program) -> None:
    answer: Answer = asker.send(
        "POST", DECIDE, data=b'{"customer_features": {"x": NaN}}', content_type="application/json"
    )
    assert answer.status_code == 400


def test_a_key_that_comes_again_is_answered_with_the_same_decision(asker: Program, make: Make) -> None:
    make("One")
    first, again = (asker.post(DECIDE, {}, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert first.json == again.json
    assert len(asker.results("/nbo/decisions/")) == 1


def test_decisions_are_forgotten_in_time_and_with_their_customer(asker: Program, make: Make, app: Flask) -> None:
    make("One")
    for customer in ("7", "8"):
        decide(asker, customer_id=customer)
    erased = asker.post("/contacts/erase/", {"customer_id": "7"})
    assert erased.status_code == 200, erased.text
    assert erased.json["decisions"] == 1
    (left,) = asker.results("/nbo/decisions/")
    later = utcnow() + timedelta(days=399)
    assert retention.purge(later) == {"decisions": 0, "candidate_sets": 0}
    assert retention.purge(later + timedelta(days=3)) == {"decisions": 1, "candidate_sets": 1}
    assert db.session().get(Decision, left["id"]) is None


def test_equal_candidates_are_kept_once(asker: Program, make: Make) -> None:
    far = [make("One"), make("Two")]
    for _ in range(3):
        decide(asker)
    (kept,) = db.session().query(CandidateSet).all()
    assert (unpacked(kept.product_ids).tolist(), kept.size) == (far, 2)


def test_the_door_for_models_offers_what_available_does_in_the_same_order(make: Make) -> None:
    make("Cheap", price="10", currency="SAR")
    make("Foreign", price="99", currency="EUR")
    make("Dear", business_value="70", target_segments=["gold"])
    make("Held back", is_available=False)
    service = ProductCatalogService()
    told_of: tuple[dict[str, Any], ...] = ({}, {"segments": ["gold"]}, {"segments": []})
    for features in told_of:
        for strict in (False, True):
            found = service.get_products_for_ml_recommendation(features, strict=strict)
            expected = service.available_for(CustomerFeatures.of(features), strict=strict)
            assert [product.id for product in found] == [product.id for product in expected]
