"""What a trigger answers, and what it leaves behind."""

from flask import Flask

from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import codes, deliveries, item, one, trigger


def test_a_customer_gets_the_message_with_what_it_promises(app: Flask) -> None:
    product = offered()
    campaign = running(product)

    answer = one(campaign.id, address="+966500000001", customer_features={"tenure_months": 3})

    assert answer["status"] == "waiting"
    assert answer["eligible"] is True
    assert answer["message"] == {"body": "Flex 60 GB for SAR 149.00 a month.", "segments": 1}
    assert answer["snapshot"]["price"] == "149.00"
    assert answer["snapshot"]["product"]["version"] == product.version
    assert (answer["product_id"], answer["channel"], answer["language"]) == (product.id, "sms", "en")
    assert answer["repeated"] is False
    (kept,) = deliveries(campaign.id)
    assert (kept.customer_id, kept.address, kept.features) == ("c1", "+966500000001", {"tenure_months": 3})


def test_a_repeat_answers_the_first_result_and_makes_nothing_new(app: Flask) -> None:
    campaign = running(offered())
    first = one(campaign.id)

    again = one(campaign.id)

    assert again == {**first, "repeated": True}
    assert len(deliveries(campaign.id)) == 1


def test_two_equal_keys_in_one_call_are_one_delivery(app: Flask) -> None:
    campaign = running(offered())

    first, second = trigger(campaign.id, item(1), item(1))

    assert (first.repeated, second.repeated) == (False, True)
    assert first.as_json()["delivery_id"] == second.as_json()["delivery_id"]
    assert len(deliveries(campaign.id)) == 1


def test_what_a_customer_was_promised_counts_for_their_next_item_in_the_same_call(app: Flask) -> None:
    campaign = running(offered(), limit_per_customer=1)

    first, second = trigger(campaign.id, item(1), item(2, customer_id="c1"))

    assert first.status == "waiting"
    assert codes(second.as_json()) == ["customer_limit"]


def test_an_item_with_wrong_features_is_refused_and_the_others_go_on(app: Flask) -> None:
    campaign = running(offered())

    wrong, right = trigger(campaign.id, item(1, customer_features={"customer_value": -1}, channel="sms"), item(2))

    assert wrong.status == "refused"
    assert wrong.as_json()["reasons"] == [
        {"code": "invalid_features", "rule": "customer_features.customer_value", "message": "Use 0 or more."}
    ]
    assert right.status == "waiting"


def test_a_thousand_customers_are_one_call(app: Flask) -> None:
    campaign = running(offered())
    news = trigger(campaign.id, *(item(number) for number in range(500)))

    mixed = trigger(campaign.id, *(item(number) for number in range(250, 1250)))

    assert all(result.status == "waiting" for result in (*news, *mixed))
    assert sum(result.repeated for result in mixed) == 250
    assert len(deliveries(campaign.id)) == 1250


def test_what_is_owned_may_be_named_by_its_number_or_as_its_source_does(app: Flask) -> None:
    phone = offered(name="Phone", external_product_id="PH-1")
    product = offered(relations=[{"relation": "requires", "product": phone.id}])
    campaign = running(product)

    answers = [
        one(campaign.id, number=number, customer_features={"owned": owned})
        for number, owned in enumerate(([phone.id], ["manual:PH-1"], ["manual:PH-2"], []))
    ]

    assert [answer["status"] for answer in answers] == ["waiting", "waiting", "refused", "refused"]
    assert codes(answers[2]) == ["relations"]
    assert "outcome" not in answers[2]["reasons"][0], "it is known that it is not owned"


def test_a_customer_is_written_to_in_a_language_that_serves_them(app: Flask) -> None:
    texts = {"en": {"body": "Flex!"}, "ar": {"body": "\u0641\u0644\u0643\u0633!"}}
    campaign = running(offered(), messages={"sms": texts})

    told = [
        one(campaign.id, number=n, language=language)["language"] for n, language in enumerate(("ar-SA", "fr", None))
    ]

    assert told == ["ar", "en", "en"]
