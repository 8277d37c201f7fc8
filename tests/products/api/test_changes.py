"""The change feed: from its beginning on, everything that happens, once and in order."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.events.models import Revision
from catalog_app.products import changes as write_side
from catalog_app.products.models import Product
from tests.support.api import Program

NOT_TOLD = ("available_now", "last_synced")
MANY = 2**31 - 1


def made(api: Program, **values: Any) -> int:
    answer = api.post("/products/", {"name": "Weekend 5 GB", "product_type": "data", **values})
    assert answer.status_code == 201, answer.text
    return int(answer.json["id"])


def followed(api: Program, address: str) -> tuple[list[dict[str, Any]], str]:
    """Return everything that waits from an address on, and the address to ask next."""
    entries: list[dict[str, Any]] = []
    while True:
        answer = api.get(address)
        assert answer.status_code == 200, answer.text
        entries += answer.json["results"]
        address = answer.json["next"]
        if not answer.json["has_more"]:
            return entries, address


def copied(entries: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return what a follower has that keeps every product it is shown, and drops those that are deleted."""
    copy: dict[int, dict[str, Any]] = {}
    for entry in entries:
        copy.pop(entry["id"], None)
        if entry["product"] is not None:
            copy[entry["id"]] = entry["product"]
    return copy


def catalogue(api: Program) -> dict[int, dict[str, Any]]:
    found = api.results("/products/?limit=500")
    return {one["id"]: {name: value for name, value in one.items() if name not in NOT_TOLD} for one in found}


def test_a_follower_that_begins_now_first_gets_every_product(api: Program) -> None:
    names = {made(api, name=f"Product {number}"): f"Product {number}" for number in range(5)}

    entries, _ = followed(api, "/products/changes/?limit=2")

    assert {entry["id"]: entry["product"]["name"] for entry in entries} == names
    assert {(entry["kind"], entry["action"]) for entry in entries} == {("upsert", "snapshot")}
    assert copied(entries) == catalogue(api)


def test_every_change_comes_once_in_order_with_old_and_new_values(api: Program) -> None:
    start = api.get("/products/changes/?since=now").json["next"]
    number = made(api, price="10.00", currency="SAR")
    api.patch(f"/products/{number}/", {"price": "12.00"})
    api.patch(f"/products/{number}/", {"name": "Weekend 6 GB"})
    api.delete(f"/products/{number}/")

    entries, address = followed(api, start)

    assert [(entry["action"], entry["kind"], entry["version"]) for entry in entries] == [
        ("created", "upsert", 1), ("updated", "upsert", 2), ("updated", "upsert", 3), ("deleted", "deletion", 4),
    ]  # fmt: skip
    assert [entry["product"] and entry["product"]["price"] for entry in entries] == ["10.00", "12.00", "12.00", None]
    assert entries[1]["changes"] == {"price": ["10.00", "12.00"]}
    assert entries[1]["product"]["name"] == "Weekend 5 GB"
    assert followed(api, address) == ([], address)


def test_each_entry_shows_the_whole_product_as_it_was_after_the_change(api: Program) -> None:
    start = api.get("/products/changes/?since=now").json["next"]
    number = made(api, lifecycle_status="launched")
    changes = ({"name": "B", "features": {"data_mb": 5}}, {"is_active": False}, {"quota_total": 5}, {"name": "C"})
    shown = [api.get(f"/products/{number}/").json]
    shown += [api.patch(f"/products/{number}/", change).json for change in changes]

    entries, _ = followed(api, start)

    wanted = [{name: value for name, value in one.items() if name not in NOT_TOLD} for one in shown]
    assert [entry["product"] for entry in entries] == wanted


def test_a_product_that_its_source_no_longer_has_is_a_withdrawal_until_it_returns(api: Program, app: Flask) -> None:
    number = made(api)
    start = api.get("/products/changes/?since=now").json["next"]
    with app.app_context():
        for moment in (utcnow(), None):
            with writing() as session:
                product = session.get_one(Product, number)
                told = write_side.set_fields(product, {"missing_since": moment})
                write_side.write(session, product, told, action="withdrawn", actor="sync:xiva", at=utcnow())

    entries, _ = followed(api, start)

    assert [entry["kind"] for entry in entries] == ["withdrawal", "upsert"]
    assert entries[0]["product"]["missing_since"] == entries[0]["changes"]["missing_since"][1]


def test_a_restored_product_comes_back_as_an_upsert(api: Program) -> None:
    number = made(api)
    start = api.get("/products/changes/?since=now").json["next"]
    api.delete(f"/products/{number}/")
    api.post(f"/products/{number}/restore/")

    entries, _ = followed(api, start)

    assert [entry["kind"] for entry in entries] == ["deletion", "upsert"]
    assert copied(entries) == catalogue(api)


@pytest.mark.parametrize("size", range(1, 8))
def test_the_size_of_a_page_changes_nothing(api: Program, size: int) -> None:
    start = api.get("/products/changes/?since=now").json["cursor"]
    numbers = [made(api, name=f"Product {number}") for number in range(3)]
    for number in numbers * 2:
        name = api.get(f"/products/{number}/").json["name"]
        api.patch(f"/products/{number}/", {"name": f"{name}!"})
    whole, _ = followed(api, f"/products/changes/?since={start}&limit=500")

    paged, _ = followed(api, f"/products/changes/?since={start}&limit={size}")

    assert paged == whole
    assert len(whole) == 9


def test_what_happens_while_the_catalogue_is_walked_is_told_after_it(api: Program) -> None:
    numbers = [made(api, name=f"Product {number}") for number in range(4)]
    first = api.get("/products/changes/?limit=2").json
    api.patch(f"/products/{numbers[0]}/", {"name": "Seen before"})
    api.patch(f"/products/{numbers[3]}/", {"name": "Not seen yet"})
    api.delete(f"/products/{numbers[2]}/")
    made(api, name="New")

    rest, _ = followed(api, first["next"])

    assert copied(first["results"] + rest) == catalogue(api)


def test_other_things_that_change_are_no_part_of_the_feed(api: Program, app: Flask) -> None:
    start = api.get("/products/changes/?since=now").json["next"]
    with app.app_context():
        Program.with_scopes(app, "products:read", name="another")
        assert db.session().execute(select(func.count()).select_from(Revision)).scalar_one() > 0
        db.session.remove()

    entries, address = followed(api, start)

    assert entries == []
    assert address != start


@pytest.mark.parametrize(
    "since", ["x", "r", "r-1", "r1.", "1", "s1.2", f"r{2**31}", "r99999999999", "r1 OR 1=1", "r1.2.3", "r\u0661", "R1"]
)
def test_a_cursor_that_is_none_of_ours_is_a_bad_request(api: Program, since: str) -> None:
    answer = api.get("/products/changes/", query_string={"since": since})

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json["errors"]] == ["/since"]


def test_a_cursor_from_a_future_that_a_backup_took_back_is_gone(api: Program) -> None:
    made(api)

    answer = api.get(f"/products/changes/?since=r{MANY}")

    assert answer.status_code == 410
    assert "begin again" in answer.json["detail"]


def test_a_program_for_models_may_follow_and_one_without_either_scope_may_not(app: Flask) -> None:
    follower = Program.with_scopes(app, "ml:read")
    stranger = Program.with_scopes(app, "products:write", "admin", "webhooks")

    assert follower.get("/products/changes/").status_code == 200
    assert stranger.get("/products/changes/").status_code == 403


def test_the_next_page_is_always_named_also_as_a_link(api: Program) -> None:
    answer = api.get("/products/changes/?limit=7&since=now")

    assert answer.json["next"].endswith(f"limit=7&since={answer.json['cursor']}")
    assert answer.headers["Link"] == f'<{answer.json["next"]}>; rel="next"'
