"""One product: made, read, replaced, patched and deleted."""

from collections.abc import Callable, Collection
from typing import Any

import orjson
import pytest
from flask import Flask

from catalog_app.core.wiring import provide
from catalog_app.products.models import Product
from catalog_app.products.usage import Usage, Usages, UsageSource
from tests.support.api import Program

Stored = Callable[..., Product]
LEAST = {"name": "Roam 5", "product_type": "data"}


def test_a_product_is_created_with_its_address_and_version(api: Program) -> None:
    made = api.post("/products/", {**LEAST, "price": "19.9", "currency": "SAR"})

    assert made.status_code == 201
    assert made.headers["ETag"] == '"1"'
    assert made.headers["Location"].endswith(f"/api/loyalty/v1/products/{made.json['id']}/")
    assert api.get(made.headers["Location"]).json == made.json
    assert (made.json["external_system"], made.json["price"]) == ("manual", "19.90")
    assert made.json["created_by"] == "token:campaign engine"


def test_what_was_read_can_be_sent_back_and_changes_nothing(api: Program, stored: Stored) -> None:
    product = stored(name="Roam 5", price="19.9", currency="SAR", target_segments=["gold"], quota_total=5)
    path = f"/products/{product.id}/"
    before = api.get(path).json

    assert api.put(path, before).json == before
    assert api.patch(path, before).json == before


def test_no_digit_of_an_amount_is_lost_whether_it_comes_as_text_or_as_a_number(api: Program) -> None:
    body = b'{"name": "A", "product_type": "data", "price": 9999999999.0125, "currency": "SAR", "tax_rate": "15"}'

    made = api.send("POST", "/products/", data=body, content_type="application/json")

    assert (made.json["price"], made.json["tax_rate"]) == ("9999999999.0125", "15.00")


def test_a_second_product_of_the_same_identity_is_a_conflict(api: Program, stored: Stored) -> None:
    stored(external_product_id="PO-1")

    answer = api.post("/products/", {**LEAST, "external_system": "xiva", "external_product_id": "PO-1"})

    assert answer.status_code == 409
    assert "PO-1" in answer.json["detail"]


def test_every_broken_rule_is_named_by_its_field(api: Program) -> None:
    answer = api.post("/products/", {"price": "ten", "colour": "red", "product_type": "phone"})

    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    pointers = {error["pointer"] for error in answer.json["errors"]}
    assert pointers == {"/name", "/price", "/colour", "/product_type"}
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_a_patch_merges_objects_and_null_takes_the_default(api: Program, stored: Stored) -> None:
    product = stored(features={"data_mb": 500, "sms_count": 20}, category="Prepaid", description="Old")

    answer = api.patch(
        f"/products/{product.id}/", {"features": {"data_mb": None, "voice_minutes": 5}, "category": None}
    )

    assert answer.json["features"] == {"sms_count": 20, "voice_minutes": 5}
    assert (answer.json["category"], answer.json["description"]) == (None, "Old")


def test_a_patch_may_say_that_it_is_a_merge_patch(api: Program, stored: Stored) -> None:
    product, content_type = stored(), "application/merge-patch+json"

    answer = api.send("PATCH", f"/products/{product.id}/", data=b'{"name": "New"}', content_type=content_type)

    assert (answer.status_code, answer.json["name"]) == (200, "New")


def test_a_put_takes_defaults_for_what_it_leaves_out(api: Program, stored: Stored) -> None:
    product = stored(category="Prepaid", description="Old")

    answer = api.put(f"/products/{product.id}/", {**LEAST, "is_active": True})

    assert (answer.status_code, answer.json["name"]) == (200, "Roam 5")
    assert (answer.json["category"], answer.json["description"], answer.json["is_active"]) == (None, None, True)


def test_the_identity_of_a_product_cannot_be_changed(api: Program, stored: Stored) -> None:
    product = stored()

    answer = api.patch(f"/products/{product.id}/", {"external_product_id": "other"})

    assert answer.status_code == 422


def test_a_deleted_product_is_gone(api: Program, stored: Stored) -> None:
    path = f"/products/{stored().id}/"

    deleted = api.delete(path)

    assert (deleted.status_code, deleted.data) == (204, b"")
    assert "Content-Type" not in deleted.headers
    assert [api.get(path).status_code, api.delete(path).status_code] == [404, 404]
    assert api.patch(path, {"name": "X"}).status_code == 404


def test_is_active_is_an_alias_of_the_lifecycle(api: Program, stored: Stored) -> None:
    path = f"/products/{stored().id}/"

    suspended = api.patch(path, {"is_active": False}).json
    launched = api.patch(path, {"is_active": True}).json

    assert (suspended["lifecycle_status"], suspended["is_active"]) == ("suspended", False)
    assert (launched["lifecycle_status"], launched["is_active"]) == ("launched", True)


def test_the_alias_counts_in_a_whole_product_that_is_sent_back(api: Program, stored: Stored) -> None:
    path = f"/products/{stored().id}/"
    whole = api.get(path).json

    suspended = api.put(path, {**whole, "is_active": False}).json
    retired = api.put(path, {**whole, "lifecycle_status": "retired"}).json

    assert suspended["lifecycle_status"] == "suspended"
    assert retired["lifecycle_status"] == "retired"


def test_a_get_shows_only_the_fields_asked_for(api: Program, stored: Stored) -> None:
    product = stored(name="Roam 5")

    assert api.get(f"/products/{product.id}/?fields=name").json == {"name": "Roam 5"}


@pytest.mark.parametrize("query", ["sort=name", "limit=5", "lock=false"])
def test_a_parameter_that_means_nothing_here_is_refused(api: Program, stored: Stored, query: str) -> None:
    assert api.get(f"/products/{stored().id}/?{query}").status_code == 400


class _Campaigns:
    def usages_of_many(self, product_ids: Collection[int]) -> Usages:
        return dict.fromkeys(
            product_ids, (Usage("campaign", "Ramadan gift", "/campaigns/1", "It would offer nothing."),)
        )


def test_defect_deleting_a_product_silently_unlinked_its_campaigns(app: Flask, api: Program, stored: Stored) -> None:
    provide(app, UsageSource, _Campaigns())
    path = f"/products/{stored().id}/"

    answer = api.delete(path)

    assert (answer.status_code, api.get(path).status_code) == (409, 200)
    assert "Ramadan gift" in answer.json["detail"]


def test_defect_launched_was_taken_for_inactive(api: Program, stored: Stored) -> None:
    stored(lifecycle_status="launched")
    stored(lifecycle_status="suspended")

    assert [product["lifecycle_status"] for product in api.results("/products/?is_active=true")] == ["launched"]
    assert [product["is_active"] for product in api.results("/products/")] == [True, False]


def test_defect_only_the_first_price_was_kept(api: Program) -> None:
    prices: list[dict[str, Any]] = [
        {"name": "Activation", "price_type": "one_time", "amount": "25", "currency": "SAR"},
        {
            "name": "Abroad",
            "price_type": "recurring",
            "amount": "5.0125",
            "currency": "EUR",
            "billing_cycle": "monthly",
        },
    ]

    made = api.post("/products/", {**LEAST, "price": "19.90", "currency": "SAR", "prices": prices})

    shown = api.get(f"/products/{made.json['id']}/").json
    assert [(price["name"], price["amount"], price["currency"]) for price in shown["prices"]] == [
        ("Activation", "25.00", "SAR"),
        ("Abroad", "5.0125", "EUR"),
    ]
    assert shown["price"] == "19.90"


def test_defect_unknown_types_were_guessed(api: Program) -> None:
    answer = api.post("/products/", {"name": "A", "product_type": "hologram"})

    assert answer.status_code == 422
    assert "voice" in answer.json["errors"][0]["message"]
    assert api.results("/products/") == []


def test_defect_a_null_billing_cycle_ended_everything(api: Program) -> None:
    made = api.post("/products/", {**LEAST, "billing_cycle": "monthly"})

    answer = api.patch(f"/products/{made.json['id']}/", {"billing_cycle": None})

    assert (answer.status_code, answer.json["billing_cycle"]) == (200, "one_time")


@pytest.mark.parametrize("frequency", ["realtime", "hourly", "daily", "weekly", "manual", None])
def test_a_sync_frequency_is_kept(api: Program, frequency: str | None) -> None:
    made = api.post("/products/", {**LEAST, "sync_frequency": frequency})

    assert made.json["sync_frequency"] == frequency


def test_answers_are_json_with_a_known_length(api: Program, stored: Stored) -> None:
    answer = api.get(f"/products/{stored().id}/")

    assert answer.content_type == "application/json"
    assert orjson.loads(answer.data) == answer.json
