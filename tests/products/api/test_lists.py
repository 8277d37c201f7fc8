"""The list of products: filters, order, fields and pages, as the answers show them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.filters import FILTERS
from catalog_app.products.models import Product
from tests.support.api import Program

Stored = Callable[..., Product]


def names(api: Program, path: str) -> list[str]:
    return [str(product["name"]) for product in api.results(path)]


def test_a_list_answers_results_and_next_and_shows_every_field(api: Program, stored: Stored) -> None:
    stored(name="Roam 5", price="19.9", currency="SAR", valid_from=datetime(2026, 1, 1, tzinfo=UTC))

    answer = api.get("/products/")

    assert answer.status_code == 200
    assert set(answer.json) == {"results", "next"}
    assert answer.json["next"] is None
    (product,) = answer.json["results"]
    assert set(product) == set(ALL_FIELDS)
    assert (product["price"], product["currency"]) == ("19.90", "SAR")
    assert (product["valid_from"], product["is_active"]) == ("2026-01-01T00:00:00Z", True)


def test_an_empty_list_is_a_list(api: Program) -> None:
    assert api.get("/products/?count=true").json == {"results": [], "next": None, "count": 0}


def test_the_trailing_slash_is_optional_and_nothing_is_redirected(api: Program) -> None:
    assert api.get("/products").status_code == 200
    assert api.get("/products/stats").status_code == 200
    assert api.post("/products", {"name": "A", "product_type": "data"}).status_code == 201


def test_a_repeated_filter_widens_and_different_filters_narrow(api: Program, stored: Stored) -> None:
    stored(name="A", product_type="data")
    stored(name="B", product_type="voice")
    stored(name="C", product_type="voice", lifecycle_status="retired")
    stored(name="D", product_type="sms")

    assert names(api, "/products/?product_type=data&product_type=voice") == ["A", "B", "C"]
    assert names(api, "/products/?product_type=data&product_type=voice&is_active=true") == ["A", "B"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=РОУМ", ["Роуминг"]),
        ("search=100%25", ["Data 100% more"]),
        ("search=po-x", ["Data 100% more"]),
        ("category=post", ["Data 100% more"]),
        ("min_price=10&currency=SAR", ["Роуминг"]),
        ("max_price=10&currency=SAR", ["Data 100% more"]),
        ("segment=gold", ["Роуминг"]),
        ("channel=sms", ["Data 100% more"]),
        ("is_available=false", ["Роуминг"]),
        ("available_now=true", ["Data 100% more"]),
        ("updated_since=2027-01-01T00:00:00Z", []),
    ],
)
def test_a_filter_finds_what_it_names(api: Program, stored: Stored, query: str, found: list[str]) -> None:
    stored(name="Data 100% more", external_product_id="PO-X", category="Postpaid/Data", price="9.99", currency="SAR")
    stored(
        name="Роуминг", price="10.01", currency="SAR", target_segments=["gold"], channels=["email"], is_available=False
    )

    assert names(api, f"/products/?{query}") == found


def test_every_declared_filter_is_a_parameter_of_the_list(api: Program) -> None:
    answer = api.get("/products/?no_such=1")

    assert answer.status_code == 400
    for declared in FILTERS:
        assert declared.name in answer.json["detail"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("produkt_type=data", "produkt_type"),
        ("product_type=phone", "product_type"),
        ("min_price=5", "min_price"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=ten", "limit"),
        ("limit=1&limit=2", "limit"),
        ("sort=colour", "sort"),
        ("fields=name,colour", "fields"),
        ("cursor=nonsense", "cursor"),
        ("count=perhaps", "count"),
        ("updated_since=yesterday", "updated_since"),
        (f"search={'x' * 201}", "search"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_and_named(api: Program, query: str, parameter: str) -> None:
    answer = api.get(f"/products/?{query}")

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{parameter}"]
    assert set(answer.json["errors"][0]) == {"pointer", "code", "message"}


def test_a_misspelt_parameter_is_told_what_it_may_have_meant(api: Program) -> None:
    answer = api.get("/products/?produkt_type=data")

    assert "did you mean product_type?" in answer.json["errors"][0]["message"]


def test_fields_gives_these_fields_and_no_other(api: Program, stored: Stored) -> None:
    stored(name="Roam 5")

    (product,) = api.results("/products/?fields=name,id,available_now")

    assert product == {"name": "Roam 5", "id": 1, "available_now": True}


def test_a_list_is_sorted_as_asked_with_nulls_last(api: Program, stored: Stored) -> None:
    stored(name="B", price="5", currency="SAR")
    stored(name="A", price="5", currency="SAR")
    stored(name="C")
    stored(name="D", price="7", currency="SAR")

    assert names(api, "/products/?sort=-price,name&limit=1") == ["D", "A", "B", "C"]


def test_pages_hold_every_product_once_and_link_to_the_next(api: Program, stored: Stored) -> None:
    for number in range(7):
        stored(name=f"P{number}")

    first = api.get("/products/?limit=3&count=true&product_type=data")

    assert first.json["count"] == 7
    assert first.headers["Link"] == f'<{first.json["next"]}>; rel="next"'
    asked = parse_qs(urlsplit(first.json["next"]).query)
    assert (asked["limit"], asked["product_type"], asked["count"]) == (["3"], ["data"], ["true"])
    assert names(api, "/products/?limit=3") == [f"P{number}" for number in range(7)]
    assert "Link" not in api.get("/products/?limit=7").headers


def test_fifty_products_make_a_page_unless_asked_otherwise(api: Program, stored: Stored) -> None:
    for _ in range(51):
        stored()

    assert len(api.get("/products/").json["results"]) == 50
    assert len(api.get("/products/?limit=500").json["results"]) == 51


def test_pages_stay_right_while_products_are_inserted_and_deleted(api: Program, stored: Stored) -> None:
    kept = [stored(name=f"M{number}") for number in range(6)]
    page: Any = api.get("/products/?sort=name&limit=2").json
    seen = [product["name"] for product in page["results"]]
    while page["next"]:
        stored(name=f"A before everything {len(seen)}")
        api.delete(f"/products/{kept[0].id}/")
        page = api.get(page["next"]).json
        seen += [product["name"] for product in page["results"]]

    assert seen == [product.name for product in kept]


def test_a_deleted_product_is_in_no_list(api: Program, stored: Stored) -> None:
    gone = stored()
    api.delete(f"/products/{gone.id}/")

    assert api.results("/products/") == []
    assert api.get("/products/stats/").json["total"] == 0


def test_a_link_leads_to_the_host_that_was_asked(api: Program, stored: Stored) -> None:
    stored()
    stored()

    answer = api.get("/products/?limit=1", headers={"Host": "catalogue.example"})

    assert answer.json["next"].startswith("http://catalogue.example/api/loyalty/v1/products/?limit=1&cursor=")


def test_stats_count_the_catalogue(api: Program, stored: Stored) -> None:
    stored(product_type="data")
    stored(product_type="voice", is_available=False)
    stored(product_type="voice", lifecycle_status="retired", valid_to=datetime.now(UTC) - timedelta(days=1))

    assert api.get("/products/stats/").json == {
        "total": 3,
        "active": 2,
        "available": 1,
        "by_type": {"data": 1, "voice": 2},
        "by_system": {"xiva": 3},
        "by_status": {"launched": 2, "retired": 1},
        "by_sync_state": {"in_sync": 3},
        "last_sync": None,
    }


def test_head_answers_as_get_does_without_a_body(api: Program, stored: Stored) -> None:
    stored()

    head, get = api.send("HEAD", "/products/"), api.get("/products/")

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_options_names_the_methods(api: Program) -> None:
    answer = api.send("OPTIONS", "/products/1/")

    assert answer.status_code == 204
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}
