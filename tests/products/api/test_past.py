"""A product as it was, what it points at, and a deletion taken back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from catalog_app.products.models import Product
from tests.support.api import Program

Stored = Callable[..., Product]
BEGIN = datetime(2026, 5, 1, 8, tzinfo=UTC)
LEAST = {"name": "First", "product_type": "data"}


def at(day: int) -> str:
    return (BEGIN + timedelta(days=day)).isoformat().replace("+00:00", "Z")


@pytest.fixture
def lived(api: Program) -> int:
    """Return a product that was made on day 0, changed on days 1 and 2, deleted on day 3 and brought back on day 4."""
    with time_machine.travel(BEGIN, tick=False) as clock:
        made = api.post("/products/", {**LEAST, "price": "10", "currency": "SAR", "features": {"data_mb": 100}})
        path = f"/products/{made.json['id']}/"
        clock.shift(timedelta(days=1))
        api.patch(path, {"price": "12.50", "features": {"data_mb": 200}, "quota_total": 5})
        clock.shift(timedelta(days=1))
        api.patch(path, {"name": "Third", "is_active": True})
        clock.shift(timedelta(days=1))
        assert api.delete(path).status_code == 204
        clock.shift(timedelta(days=1))
        assert api.post(f"{path}restore/").status_code == 200
    return int(made.json["id"])


def test_each_past_state_is_what_a_reader_saw_then(api: Program, lived: int) -> None:
    path = f"/products/{lived}/"
    first, second, third = (api.get(f"{path}?as_of={at(day)}").json for day in (0, 1, 2))

    assert [state["version"] for state in (first, second, third)] == [1, 2, 3]
    assert [state["name"] for state in (first, second, third)] == ["First", "First", "Third"]
    assert [state["price"] for state in (first, second, third)] == ["10.00", "12.50", "12.50"]
    assert [state["features"]["data_mb"] for state in (first, second, third)] == [100, 200, 200]
    assert [state["quota_left"] for state in (first, second, third)] == [None, 5, 5]
    assert [state["updated_at"] for state in (first, second, third)] == [at(0), at(1), at(2)]
    assert [state["available_now"] for state in (first, second, third)] == [False, False, True]


def test_the_state_a_moment_before_a_change_is_the_one_before_it(api: Program, lived: int) -> None:
    just_before = (BEGIN + timedelta(days=1, microseconds=-1)).isoformat().replace("+00:00", "Z")

    assert api.get(f"/products/{lived}/?as_of={just_before}").json["version"] == 1


def test_before_its_creation_and_while_it_was_deleted_a_product_is_404(api: Program, lived: int) -> None:
    path = f"/products/{lived}/"

    assert api.get(f"{path}?as_of=2026-04-30").status_code == 404
    assert api.get(f"{path}?as_of={at(3)}").status_code == 404
    assert api.get(f"{path}?as_of={at(4)}").json["name"] == "Third"
    assert api.get("/products/999/?as_of=2026-05-01").status_code == 404


def test_a_product_that_is_deleted_by_now_can_still_be_read_as_it_was(api: Program, lived: int) -> None:
    api.delete(f"/products/{lived}/")

    assert api.get(f"/products/{lived}/").status_code == 404
    assert api.get(f"/products/{lived}/?as_of={at(0)}").json["name"] == "First"


def test_a_past_state_has_every_field_of_the_present_and_equals_it_where_nothing_happened_since(
    api: Program, lived: int
) -> None:
    path = f"/products/{lived}/"

    assert api.get(f"{path}?as_of={at(4)}").json == api.get(path).json


@pytest.mark.parametrize(
    "moment",
    ["yesterday", "2026-13-01", "2026-05-01T08:00:00", "9999-01-01", "0", "%00", "2026-05-01&as_of=2026-05-02"],
)
def test_a_moment_that_cannot_be_read_or_is_still_to_come_is_400(api: Program, lived: int, moment: str) -> None:
    answer = api.get(f"/products/{lived}/?as_of={moment}")

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json["errors"]] == ["/as_of"]


def test_reading_the_past_changes_nothing(api: Program, lived: int) -> None:
    before = api.get(f"/products/{lived}/").json

    api.get(f"/products/{lived}/?as_of={at(0)}")

    assert api.get(f"/products/{lived}/").json == before


def test_prices_expand_to_the_main_one_and_all_others(api: Program, stored: Stored) -> None:
    fee = {
        "name": "Fee",
        "price_type": "one_time",
        "amount": "5",
        "currency": "SAR",
        "valid_to": "2026-01-01T00:00:00Z",
    }
    product = stored(price="19.9", currency="SAR", recurring=True, billing_cycle="monthly", prices=[fee])

    shown = api.get(f"/products/{product.id}/?expand=prices&fields=id,prices").json

    assert list(shown) == ["id", "prices"]
    main, further = shown["prices"]
    assert (main["amount"], main["price_type"], main["main"], main["valid_now"]) == ("19.90", "recurring", True, True)
    assert (further["amount"], further["name"], further["main"], further["valid_now"]) == ("5.00", "Fee", False, False)
    assert main.keys() == further.keys()


def test_relations_expand_to_the_products_they_name_in_every_form(api: Program, stored: Stored) -> None:
    base, twin = stored(name="Base"), stored(name="Twin", external_product_id="PO-TWIN")
    names: list[Any] = [base.id, "PO-TWIN", ["xiva", "PO-TWIN"], "PO-NOWHERE"]
    product = stored(relations=[{"relation": "excludes", "product": name} for name in names])

    shown = api.get(f"/products/{product.id}/?expand=relations").json["relations"]

    assert [entry["product"] for entry in shown] == names
    assert [entry["target"] and entry["target"]["id"] for entry in shown] == [base.id, twin.id, twin.id, None]
    assert shown[0]["target"]["name"] == "Base"


def test_what_cannot_be_expanded_is_400(api: Program, stored: Stored) -> None:
    assert api.get(f"/products/{stored().id}/?expand=prices,members").status_code == 400
    assert api.get(f"/products/{stored().id}/?expand=prices&expand=relations").status_code == 200


def test_only_a_deleted_product_is_restored_and_only_for_thirty_days(api: Program, lived: int) -> None:
    path = f"/products/{lived}/"

    assert api.post(f"{path}restore/").status_code == 409
    assert api.post("/products/999/restore/").status_code == 404
    with time_machine.travel(BEGIN + timedelta(days=5), tick=False) as clock:
        api.delete(path)
        clock.shift(timedelta(days=31))
        assert api.post(f"{path}restore/").status_code == 409
