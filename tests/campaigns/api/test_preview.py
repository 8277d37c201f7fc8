"""What a campaign would say to a sample customer, and what pre-flight finds before anybody is written to."""

import pytest

from tests.campaigns.factories import drafted, offered, running
from tests.support.api import Program

pytestmark = pytest.mark.usefixtures("app")
SARA = {"first_name": "Sara", "customer_value": 500, "segments": ["high-value"]}
MESSAGES = {
    "sms": {
        "en": {"body": "Hi {{ customer.first_name }}, {{ product.name }} for {{ config.price_formatted }}"},
        "ar": {"body": "{{ customer.first_name }}: {{ product.name }} {{ config.price_formatted }}"},
    },
    "email": {"en": {"subject": "{{ product.name }}", "body": "For you, {{ customer.first_name }}."}},
}


def test_each_message_is_shown_as_the_customer_would_read_it_with_the_verdict(api: Program) -> None:
    product = offered(
        min_customer_value="100", max_customer_value="1000", translations={"ar": {"name": "فليكس"}}, channels=["sms"]
    )
    campaign = drafted(
        product, channels=["sms", "email"], messages=MESSAGES, product_config={"price": "119"}, audience={}
    )

    shown = api.post(f"/campaigns/{campaign.id}/preview/", {"customer_features": SARA}).json

    found = {(one["channel"], one["language"]): one for one in shown["previews"]}
    assert set(found) == {("sms", "en"), ("sms", "ar"), ("email", "en")}
    sms = found["sms", "en"]
    assert sms["message"]["body"].startswith("Hi Sara, Flex 60 GB for ")
    assert (sms["eligibility"], sms["reasons"], sms["sms"]["segments"]) == ("yes", [], 1)
    assert (sms["snapshot"]["price"], sms["snapshot"]["catalogue_price"]) == ("119.00", "149.00")
    assert sms["snapshot"]["product"] == {
        "id": product.id, "name": "Flex 60 GB", "short_name": None, "external_system": "manual",
        "external_product_id": product.external_product_id, "version": 1,
    }  # fmt: skip
    assert found["sms", "ar"]["message"]["body"].startswith("Sara: فليكس")
    assert found["sms", "ar"]["sms"]["encoding"] == "UCS-2"
    email = found["email", "en"]
    assert [reason["code"] for reason in email["reasons"]] == ["channel"]


def test_an_ineligible_customer_is_told_why_and_one_outside_the_audience_too(api: Program) -> None:
    campaign = drafted(offered(max_customer_value="100"), audience={"segments": ["family"]})

    shown = api.post(f"/campaigns/{campaign.id}/preview/", {"customer_features": SARA}).json

    assert shown["audience"]["eligibility"] == "no"
    assert shown["previews"][0]["eligibility"] == "no"
    assert [reason["message"] for reason in shown["previews"][0]["reasons"]] == ["max_customer_value: 500 is above 100"]


def test_what_cannot_be_said_is_shown_with_its_place_and_what_was_meant(api: Program) -> None:
    messages = {"sms": {"en": {"body": "Hi\n{{ product.prise }}"}}}
    campaign = drafted(offered(), messages=messages)
    path = f"/campaigns/{campaign.id}"

    found = api.post(f"{path}/preflight/").json
    refused = api.post(f"{path}/activate/")

    error = found["findings"][0]
    assert (found["errors"], error["level"], error["line"], error["column"]) == (1, "error", 2, 4)
    assert "product.price" in error["suggestion"]
    assert refused.status_code == 409
    assert refused.json["errors"][0]["pointer"] == "/messages/sms/en/body"
    assert refused.json["findings"] == found["findings"]
    fixed = api.patch(f"{path}/", {"messages": {"sms": {"en": {"body": error["replacement"]}}}})
    assert [one["code"] for one in fixed.json["findings"] if one["level"] == "error"] == []
    assert api.post(f"{path}/activate/").status_code == 200


def test_of_several_candidates_each_customer_sees_the_one_they_may_be_offered(api: Program) -> None:
    rich, cheap = offered(name="Gold", min_customer_value="1000", business_value="999"), offered(name="Basic")
    campaign = running(
        use_nbo=True, candidates=[rich.id, cheap.id], messages={"sms": {"en": {"body": "{{ product.name }}"}}}
    )

    for value, name in ((2000, "Gold"), (10, "Basic")):
        shown = api.post(f"/campaigns/{campaign.id}/preview/", {"customer_features": {"customer_value": value}}).json
        assert shown["previews"][0]["message"]["body"] == name


def test_a_draft_without_a_product_has_nothing_to_show_and_says_so(api: Program) -> None:
    answer = api.post(f"/campaigns/{drafted().id}/preview/", {})

    assert (answer.status_code, "product" in answer.json["detail"]) == (409, True)


def test_a_feature_that_cannot_be_used_is_named(api: Program) -> None:
    answer = api.post(f"/campaigns/{drafted(offered()).id}/preview/", {"customer_features": {"customer_value": -1}})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/customer_features/customer_value"


def test_a_customer_with_an_id_is_shown_with_what_they_chose(api: Program) -> None:
    campaign = drafted(offered())
    choice = {"customer_id": "40999", "channel": "sms", "choice": "out"}
    assert api.post("/contacts/choices/", {"choices": [choice]}).status_code in (200, 201)
    path = f"/campaigns/{campaign.id}/preview/"

    known, stranger = (api.post(path, {"customer_id": who}).json["previews"][0] for who in ("40999", "41000"))

    assert (known["contact"]["code"], stranger["contact"]) == ("opted_out", None)


@pytest.mark.parametrize("values", [{"lifecycle_status": "suspended"}, {"channels": ["email"]}])
def test_a_product_that_is_not_on_sale_here_is_found_and_keeps_its_campaign_from_running(
    api: Program, values: dict[str, object]
) -> None:
    campaign = drafted(offered(**values))

    found = api.post(f"/campaigns/{campaign.id}/preflight/")
    refused = api.post(f"/campaigns/{campaign.id}/activate/")

    assert found.status_code == 200
    assert refused.status_code == 409
    assert found.json["findings"][0] == refused.json["findings"][0]
    assert found.json["findings"][0]["level"] == "error"
