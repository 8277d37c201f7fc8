"""Many products in one request: each with a result of its own, whatever becomes of the others."""

import threading
import time
from collections.abc import Callable
from contextvars import Context
from typing import Any

import orjson
import pytest

from catalog_app.products.models import Product
from tests.support.api import Program

Stored = Callable[..., Product]
BULK = "/products/bulk/"


def upsert(**product: Any) -> dict[str, Any]:
    return {"action": "upsert", "product": {"name": "Roam 5", "product_type": "data", **product}}


def patch(product_id: int, /, **product: Any) -> dict[str, Any]:
    return {"action": "patch", "id": product_id, "product": product}


def outcomes(answer: Any) -> list[tuple[int, str]]:
    assert answer.status_code == 200, answer.text
    return [(result["status"], result["outcome"]) for result in answer.json["results"]]


def test_products_are_made_set_and_patched_in_one_request(api: Program, stored: Stored) -> None:
    old = stored(external_product_id="PO-1", category="Prepaid", description="Old")
    other = stored(category="Prepaid")

    answer = api.post(
        BULK,
        {
            "items": [
                upsert(name="New", price="9.90", currency="SAR"),
                upsert(external_system="xiva", external_product_id="PO-1", name="Set", lifecycle_status="launched"),
                patch(other.id, description="Patched"),
                patch(other.id),
            ]
        },
    )

    assert outcomes(answer) == [(201, "created"), (200, "updated"), (200, "updated"), (200, "unchanged")]
    assert {name: answer.json[name] for name in ("created", "updated", "unchanged", "failed")} == {
        "created": 1,
        "updated": 2,
        "unchanged": 1,
        "failed": 0,
    }
    made = api.get(f"/products/{answer.json['results'][0]['id']}/").json
    assert (made["name"], made["price"], made["external_system"]) == ("New", "9.90", "manual")
    whole = api.get(f"/products/{old.id}/").json
    assert (whole["name"], whole["category"], whole["description"]) == ("Set", None, None)
    patched = api.get(f"/products/{other.id}/").json
    assert (patched["category"], patched["description"]) == ("Prepaid", "Patched")
    assert patched["version"] == answer.json["results"][2]["version"] == 2


def test_an_item_at_fault_is_told_so_and_stops_no_other(api: Program, stored: Stored) -> None:
    product = stored()

    answer = api.post(
        BULK,
        {
            "items": [
                patch(product.id, price="ten"),
                patch(999, name="Nobody"),
                {**patch(product.id, name="Late"), "version": 7},
                "not an object",
                {"action": "burn", "product": {}},
                upsert(external_system="nowhere", external_product_id="1"),
                patch(product.id, lifecycle_status="in_test"),
                patch(product.id, name="Good"),
            ]
        },
    )

    statuses = [result["status"] for result in answer.json["results"]]
    assert statuses == [422, 404, 412, 422, 422, 422, 422, 200]
    assert answer.json["failed"] == 7
    problem = answer.json["results"][0]["problem"]
    assert problem["status"] == 422
    assert [error["pointer"] for error in problem["errors"]] == ["/items/0/product/price"]
    assert [error["pointer"] for error in answer.json["results"][3]["problem"]["errors"]] == ["/items/3"]
    assert api.get(f"/products/{product.id}/").json["name"] == "Good"


def test_an_atomic_request_with_one_fault_saves_nothing(api: Program, stored: Stored) -> None:
    product = stored(name="Before")

    items = [upsert(name="New"), patch(product.id, name="After"), patch(product.id, price="ten")]
    answer = api.post(f"{BULK}?atomic=true", {"items": items})

    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert [result["status"] for result in answer.json["results"]] == [424, 424, 422]
    assert [row["name"] for row in api.results("/products/")] == ["Before"]
    assert api.get(f"/products/{product.id}/").json["version"] == 1


def test_an_atomic_request_without_a_fault_saves_everything(api: Program, stored: Stored) -> None:
    product = stored()

    answer = api.post(f"{BULK}?atomic=true", {"items": [upsert(name="New"), patch(product.id, name="After")]})

    assert outcomes(answer) == [(201, "created"), (200, "updated")]


def test_a_change_locks_the_fields_of_a_synced_product_unless_told_otherwise(api: Program, stored: Stored) -> None:
    locked, free = stored(), stored()

    api.post(BULK, {"items": [patch(locked.id, name="Ours")]})
    api.post(f"{BULK}?lock=false", {"items": [patch(free.id, name="For now")]})

    assert list(api.get(f"/products/{locked.id}/").json["field_locks"]) == ["name"]
    assert api.get(f"/products/{free.id}/").json["field_locks"] == {}


def test_the_same_product_twice_is_changed_twice_in_order(api: Program, stored: Stored) -> None:
    product = stored()
    key = {"external_system": "manual", "external_product_id": "twice"}

    answer = api.post(
        BULK,
        {
            "items": [
                patch(product.id, name="One"),
                {**patch(product.id, name="Two"), "version": 2},
                upsert(**key),
                {"action": "patch", "product": {**key, "name": "Again"}},
            ]
        },
    )

    assert [result["version"] for result in answer.json["results"]] == [2, 3, 1, 2]
    assert api.get(f"/products/{product.id}/").json["name"] == "Two"


def test_a_deleted_product_is_not_made_again_by_a_bulk_request(api: Program, stored: Stored) -> None:
    product = stored(external_product_id="PO-1")
    api.delete(f"/products/{product.id}/")

    answer = api.post(BULK, {"items": [upsert(external_system="xiva", external_product_id="PO-1"), patch(product.id)]})

    assert [result["status"] for result in answer.json["results"]] == [409, 404]
    assert "restore it instead" in answer.json["results"][0]["problem"]["detail"]


@pytest.mark.parametrize(
    "body", [{}, {"items": []}, {"items": {}}, {"items": [upsert()] * 1001}, {"items": [upsert()], "atomic": True}]
)
def test_a_body_that_is_no_list_of_items_is_422(api: Program, body: dict[str, Any]) -> None:
    answer = api.post(BULK, body)

    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert api.results("/products/") == []


def test_what_was_read_from_the_list_can_be_sent_back_and_changes_nothing(api: Program, stored: Stored) -> None:
    for number in range(3):
        stored(target_segments=["gold"], quota_total=number, price="5", currency="SAR")

    listed = api.results("/products/")
    answer = api.post(BULK, {"items": [{"action": "upsert", "product": product} for product in listed]})

    assert outcomes(answer) == [(200, "unchanged")] * 3


def test_a_thousand_large_products_take_seconds(api: Program) -> None:
    text = "x" * 12_000
    items = [
        upsert(external_product_id=f"B-{number}", external_system="manual", description=text, target_segments=["gold"])
        for number in range(1000)
    ]

    begun = time.process_time()
    made = api.post(BULK, {"items": items})
    changed = api.post(BULK, {"items": [patch(row["id"], category="Bulk") for row in made.json["results"]]})
    spent = time.process_time() - begun

    assert (made.json["created"], changed.json["updated"]) == (1000, 1000)
    assert spent < 20


def test_a_body_beyond_sixteen_megabytes_is_413(api: Program) -> None:
    body = orjson.dumps({"items": [upsert(description="x" * (16 * 1024 * 1024))]})

    assert api.send("POST", BULK, data=body, content_type="application/json").status_code == 413


def test_two_requests_that_make_the_same_products_at_once_make_each_one_once(api: Program) -> None:
    items = [upsert(external_system="manual", external_product_id=f"S-{number}") for number in range(60)]
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(Context().run(api.post, BULK, {"items": items})))
        for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(answer.json["created"] for answer in answers) == 60
    assert len(api.results("/products/?limit=500")) == 60
