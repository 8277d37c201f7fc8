"""Reasons as people read them: made of what the checks really say, and without the names of fields."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from catalog_app.campaigns.triggering.said import as_reason
from catalog_app.campaigns.views.reasons import why
from catalog_app.contacts.history import Choice, History
from catalog_app.contacts.permission import Limits, cap_refusal, choice_refusal, limit_refusal
from catalog_app.contacts.policy import Cap, Policy
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import item, trigger

SEGMENTS = {"family": "Family", "youth": "Youth"}
FIELD = re.compile(r"[a-z]+_[a-z]+")


def said(reason: Mapping[str, Any]) -> str:
    shown = why(reason, SEGMENTS)
    return f"{shown.label}: {shown.text}"


def of_the_contact_policy() -> list[dict[str, Any]]:
    now = utcnow()
    ago = now - timedelta(hours=1)
    policy = Policy(caps=(Cap("sms", 1, 7),), consent_channels=frozenset({"email"}))
    history = History(choices={"sms": Choice("out", ago)}, recent=(("sms", ago),), in_campaign=2, last_in_campaign=ago, last_declined={7: ago})  # fmt: skip
    refusals = (
        choice_refusal(policy, history.choices, "sms"),
        choice_refusal(policy, {}, "email"),
        limit_refusal(Limits(per_customer=2), history, 7, now),
        limit_refusal(Limits(cooldown_days=3), history, 7, now),
        limit_refusal(Limits(decline_days=3), history, 7, now),
        cap_refusal(policy, history, "sms", now),
    )
    assert all(refusals)
    return [as_reason(one) for one in refusals if one]


@pytest.mark.usefixtures("app")
def test_every_reason_of_the_contact_policy_is_said_without_a_field() -> None:
    sentences = [said(one) for one in of_the_contact_policy()]

    assert [sentence for sentence in sentences if FIELD.search(sentence)] == []
    assert sentences[1] == "No consent: to Email"
    assert sentences[2] == "Limit per customer: 2 of 2 times"
    assert sentences[5] == "Contacted often enough: 1 by SMS in 7 days"


@pytest.mark.usefixtures("app")
def test_what_the_verdict_said_is_told_with_labels_and_figures() -> None:
    product = offered(
        target_segments=["family"], max_customer_value="1000", payment_mode="postpaid", channels=["email"]
    )
    customer = CustomerFeatures.of({"segments": ["youth"], "customer_value": "1200", "payment_mode": "prepaid"})
    verdict = eligibility(product, customer, utcnow(), "sms")
    sentences = {one.code: said({**as_reason(one), "outcome": str(one.outcome)}) for one in verdict.reasons}

    assert sentences["segments"] == "Segments: Youth, and it is for Family"
    assert sentences["customer_value"] == "Customer value: 1,200 is above 1,000"
    assert sentences["payment_mode"] == "Pays: Prepaid, and it is for Postpaid"
    assert sentences["channel"] == "Channel: SMS, and it is for Email"


def test_triggers_of_a_campaign_that_is_not_active_and_of_a_product_that_went_are_said_in_words(app: Flask) -> None:
    with app.app_context():
        campaign = running(offered(), channels=["sms"])
        told = trigger(campaign.id, item(1, channel="email"), item(2, customer_features={"customer_value": -1}))
        sentences = [said(reason) for one in told for reason in one.delivery["reasons"]]
        db.session.remove()

    assert sentences[0] == "Channel: Email, and it is for SMS"
    assert sentences[1].startswith("Customer not told rightly: ")
