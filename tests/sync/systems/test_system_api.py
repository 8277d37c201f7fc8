"""Systems as JSON: read, added, changed, deleted and tried by programs with the scope admin."""

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.products.models import Product
from catalog_app.sync.service import ProductSyncService
from catalog_app.sync.systems.readdressing import ENTER_AGAIN
from catalog_app.sync.systems.sources import source_config
from tests.support.api import Program
from tests.sync.systems.conftest import PASSWORD, Make, stored

EAST = {"key": "east", "label": "BSS East", "preset": "tmf620", "base_url": "https://bss.example/api"}


def errors(answer: object) -> dict[str, str]:
    return {fault["pointer"]: fault["message"] for fault in answer.json["errors"]}  # type: ignore[attr-defined]


def test_a_system_is_added_and_found_at_its_address(app: Flask, api: Program) -> None:
    answer = api.post("/systems/", EAST)

    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    found = api.get(answer.headers["Location"])
    assert (found.json["label"], found.json["sync_frequency"], found.json["enabled"]) == ("BSS East", "manual", True)
    assert [system["key"] for system in api.results("/systems/")] == ["xiva", "crm", "billing", "east"]


def test_what_was_read_can_be_sent_back_and_changes_nothing(app: Flask, api: Program, make: Make) -> None:
    make(tables={"lifecycle_status": {"sunset": "retired"}}, limits={"attempts": 2})
    read = api.get("/systems/east/")

    answer = api.put("/systems/east/", read.json, headers={"If-Match": read.headers["ETag"]})

    assert (answer.status_code, answer.json) == (200, read.json)
    assert source_config(stored()).secrets["password"] == PASSWORD


def test_a_merge_patch_changes_what_it_names(app: Flask, api: Program, make: Make) -> None:
    make(tables={"lifecycle_status": {"sunset": "retired", "old": "obsolete"}}, limits={"attempts": 2, "max_rows": 9})

    answer = api.patch(
        "/systems/east/",
        {"tables": {"lifecycle_status": {"old": None, "new": "in_test"}}, "limits": {"attempts": None}},
    )

    assert answer.json["tables"] == {"lifecycle_status": {"sunset": "retired", "new": "in_test"}}
    assert answer.json["limits"] == {"max_rows": 9}
    assert answer.json["secrets"] == {"username": {"state": "sealed"}, "password": {"state": "sealed"}}


def test_a_secret_is_replaced_referred_to_and_forgotten(app: Flask, api: Program, make: Make) -> None:
    make()

    api.patch("/systems/east/", {"secrets": {"password": {"env": "BSS_PASSWORD"}}})
    assert api.get("/systems/east/").json["secrets"]["password"] == {"state": "env", "variable": "BSS_PASSWORD"}
    api.patch("/systems/east/", {"secrets": {"password": None}})
    assert "password" not in api.get("/systems/east/").json["secrets"]
    api.patch("/systems/east/", {"secrets": {"password": {"value": "new"}}})
    assert source_config(stored()).secrets["password"] == "new"


@pytest.mark.parametrize("port", [":1", ""])
def test_a_system_moves_to_another_server_only_without_what_was_entered_for_the_first(
    app: Flask, api: Program, make: Make, port: str
) -> None:
    made = make()
    moved = {"base_url": f"https://127.0.0.1{port}/"}

    for path in ({}, {"secrets": {"username": {"state": "sealed"}, "password": {"value": "new"}}}):
        answer = api.patch("/systems/east/", {**moved, **path})
        assert answer.status_code == 422
        assert errors(answer)["/secrets/username"] == ENTER_AGAIN
    assert api.patch("/systems/east/", {"base_url": None}).status_code == 200
    assert api.patch("/systems/east/", moved).status_code == 422
    assert api.patch("/systems/east/", {"base_url": f"{made.base_url}/api/"}).status_code == 422
    named = {"username": {"env": "BSS_USER"}, "password": None}
    assert api.patch("/systems/east/", {**moved, "secrets": named}).status_code == 200
    assert api.patch("/systems/east/", {"base_url": "https://bss.example/"}).status_code == 200


def test_a_system_that_stays_on_its_server_keeps_its_secrets(app: Flask, api: Program, make: Make) -> None:
    made = make()

    assert api.patch("/systems/east/", {"base_url": f"{made.base_url}/api/v5/".upper()}).status_code == 200

    assert source_config(stored()).secrets["password"] == PASSWORD


def test_a_stale_version_is_refused(app: Flask, api: Program, make: Make) -> None:
    make()
    api.patch("/systems/east/", {"label": "First"})

    for send in (api.put, api.patch):
        answer = send("/systems/east/", {**EAST, "label": "Second"}, headers={"If-Match": '"1"'})
        assert answer.status_code == 412
    assert api.delete("/systems/east/", headers={"If-Match": '"1"'}).status_code == 412
    assert stored().label == "First"


def test_a_reader_who_has_the_version_is_told_so(app: Flask, api: Program, make: Make) -> None:
    make()

    assert api.get("/systems/east/", headers={"If-None-Match": '"1"'}).status_code == 304


def test_every_fault_is_told_at_its_place(app: Flask, api: Program) -> None:
    answer = api.post(
        "/systems/",
        {**EAST, "base_url": "x", "limits": {"attempts": 0}, "secrets": {"pin": {"value": "1"}, "token": "plain"}},
    )

    assert answer.status_code == 422
    assert set(errors(answer)) == {"/base_url", "/limits/attempts", "/secrets/pin", "/secrets/token"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": 7},
        {**EAST, "key": "manual"},
        {**EAST, "tables": []},
        {**EAST, "tables": {"lifecycle_status": "x"}},
        {**EAST, "tables": {"lifecycle_status": {"x": ["launched"]}}},
        {**EAST, "params": {"x": 1}},
        {**EAST, "limits": 7},
        {**EAST, "secrets": ["x"]},
        {**EAST, "secrets": {"token": {"value": 7}}},
        {**EAST, "preset": ["tmf620"]},
        {**EAST, "auth_kind": {}},
        {**EAST, "sync_frequency": 5},
        {**EAST, "time_zone": None},
        {**EAST, "enabled": "perhaps"},
    ],
)
def test_what_no_system_can_be_is_422_and_never_5xx(app: Flask, api: Program, body: object) -> None:
    assert api.post("/systems/", body).status_code == 422


def test_a_key_is_taken_once_and_kept_for_good(app: Flask, api: Program, make: Make) -> None:
    make()

    assert api.post("/systems/", EAST).status_code == 409
    assert errors(api.patch("/systems/east/", {"key": "west"})) == {"/key": "A system keeps the key it was made with."}


def test_a_system_is_deleted_only_without_living_products(app: Flask, api: Program, make: Make) -> None:
    make()
    ProductSyncService().run("east")
    db.session.remove()

    refused = api.delete("/systems/east/")
    assert (refused.status_code, "20 products come from BSS East" in refused.json["detail"]) == (409, True)
    assert api.delete("/systems/crm/").status_code == 409
    assert api.post("/systems/", {**EAST, "key": "west"}).status_code == 201
    assert api.delete("/systems/west/").status_code == 204
    assert api.get("/systems/west/").status_code == 404


def test_a_test_shows_the_first_page_and_writes_nothing(app: Flask, api: Program, make: Make, bss: XivaStandin) -> None:
    make()
    bss.listing.change("PO-3", lifecycleStatus="Sunset")

    answer = api.post("/systems/east/test/")

    assert answer.status_code == 200
    told = answer.json
    assert (told["success"], told["rows"], told["expected_total"], told["rejected"]) == (True, 20, 20, 1)
    assert told["records"][0]["values"]["name"] == "Plan 0"
    assert told["unknown_words"] == [{"table": "lifecycle_status", "word": "sunset", "records": 1}]
    assert db.session.query(Product).count() == 0


def test_a_test_that_fails_is_an_answer_in_words(app: Flask, api: Program, make: Make, bss: XivaStandin) -> None:
    make()
    bss.fault = Fault.REFUSE_LOGIN

    answer = api.post("/systems/east/test/")

    assert (answer.status_code, answer.json["success"]) == (200, False)
    assert "refused the credentials (401)" in answer.json["error"]
    assert api.post("/systems/crm/test/").status_code == 409


@pytest.mark.parametrize("path", ["/systems/nothing/", "/systems/%00/", "/systems/a%2Fb/"])
def test_a_system_that_is_not_there_is_404(app: Flask, api: Program, path: str) -> None:
    assert api.get(path).status_code == 404
    assert api.patch(path, {"label": "x"}).status_code == 404


def test_addresses_work_without_their_slash(app: Flask, api: Program, make: Make) -> None:
    make()

    assert api.get("/systems").status_code == 200
    assert api.patch("/systems/east", {"label": "x"}).status_code == 200
    assert api.post("/systems/east/test").status_code == 200
