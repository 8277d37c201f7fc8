"""POST /nbo/batch as programs use it."""

from typing import Any

import orjson
import pytest
from flask import Flask

from catalog_app.core.db import db, writing
from catalog_app.events.service import revisions_of
from catalog_app.recommendations.batches import running
from tests.products.factories import saved
from tests.recommendations.batches.serving import learned, serve
from tests.support.api import Answer, Program

LINES = "application/x-ndjson"


@pytest.fixture
def products(app: Flask) -> list[int]:
    with writing() as session:
        made = [saved(session, price=price, currency="SAR") for price in ("10", "30", "20")]
        return [product.id for product in made]


def sent(program: Program, *lines: Any, query: str = "", content_type: str = LINES) -> Answer:
    body = b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines)
    return program.send("POST", f"/nbo/batch/{query}", data=body, content_type=content_type)


def told(answer: Answer) -> list[dict[str, Any]]:
    assert (answer.status_code, answer.mimetype) == (200, LINES)
    return [orjson.loads(line) for line in answer.data.splitlines()]


def test_each_line_is_answered_by_its_offers_or_by_what_is_wrong_with_it(products: list[int], teller: Program) -> None:
    version = serve(learned(products))
    customer = {"customer_id": "c1", "customer_features": {"age": 70, "usage": {"data_mb": 9}}, "owned": [products[1]]}
    answer = told(
        sent(teller, customer, b"{", {"customer_id": "c2", "age": "x"}, {"customer_id": ""}, query="?limit=2")
    )
    assert [one["line"] for one in answer] == [1, 2, 3, 4]
    assert ["error" in one for one in answer] == [False, True, False, True]
    first = answer[0]
    assert (first["customer_id"], first["basis"], first["model_version"]) == ("c1", "full", version)
    assert [offer["rank"] for offer in first["offers"]] == [1, 2]
    assert {offer["product_id"] for offer in first["offers"]} == {products[0], products[2]}
    assert all(0 < offer["propensity"] < 1 for offer in first["offers"])


def test_few_customers_may_be_sent_as_one_json_list(products: list[int], teller: Program) -> None:
    body = {"customers": [{"customer_id": "c1"}, "nobody", {"customer_id": "c2", "customer_features": []}]}
    answer = told(teller.post(f"/nbo/batch/?limit=1&candidates={products[0]},{products[2]}", body))
    assert [offer["product_id"] for offer in answer[0]["offers"]] == [products[2]]
    assert ["error" in one for one in answer] == [False, True, True]


def test_a_batch_over_json_is_in_the_activity(products: list[int], teller: Program) -> None:
    told(sent(teller, {"customer_id": "c1"}, {"customer_id": "c2"}))
    noted = revisions_of(db.session(), running.SUBJECT, 0)
    assert [(one.action, one.changes["customers"], one.changes["offers"]) for one in noted] == [
        ("scored", [None, 2], [None, 6])
    ]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"query": "?limit=101"}, 400),
        ({"query": "?channel=pigeon"}, 400),
        ({"query": "?candidates=x"}, 400),
        ({"query": "?top=3"}, 400),
        ({"content_type": "text/csv"}, 415),
        ({"content_type": "application/json"}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_scored(
    products: list[int], teller: Program, options: dict[str, str], status: int
) -> None:
    refused = sent(teller, {"customer_id": "c1"}, **options)
    assert (refused.status_code, refused.mimetype) == (status, "application/problem+json")


def test_an_empty_body_is_an_empty_answer(products: list[int], teller: Program) -> None:
    assert told(sent(teller)) == []


def test_more_than_a_thousand_customers_belong_in_lines(products: list[int], teller: Program) -> None:
    refused = teller.post("/nbo/batch/", {"customers": [{"customer_id": "c"}] * 1001})
    assert refused.status_code == 422


def test_it_takes_the_scope_to_write(app: Flask, products: list[int]) -> None:
    reader = Program.with_scopes(app, "nbo:read", name="reader")
    assert sent(reader, {"customer_id": "c1"}).status_code == 403
