"""Syncs through the JSON API: asked for, followed, decided; against a source with real HTTP."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.sync.models import ExternalSystem, SyncRun
from catalog_app.sync.runs.lease import take
from catalog_app.sync.runs.report import run_document
from catalog_app.sync.service import ProductSyncService
from tests.support.api import Program
from tests.sync.offerings import offering

RUN_FIELDS = {
    "id", "system", "status", "complete", "fetched", "created", "updated", "unchanged", "conflicts", "rejected",
    "withdrawn", "error", "started_at", "finished_at", "synced_count", "origin", "dry_run", "full", "since",
    "frequencies", "retry_of", "requested_by", "requested_at", "planned_at", "decided_by", "decided_at",
    "cancel_requested", "pages", "expected_total", "bytes", "retries", "proof", "held_because", "held_by",
    "defaults_taken", "not_due", "undone_by", "undone_at", "undone", "seconds",
}  # fmt: skip

Execute = Callable[[], None]


@pytest.fixture
def api(app: Flask) -> Program:
    scopes = ("products:read", "products:write", "sync:run", "sync:approve")
    return Program.with_scopes(app, *scopes, name="orchestrator")


@pytest.fixture
def execute(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Execute:
    """Hold jobs back until the test says so: an answer must not depend on how fast the worker is."""
    waiting: list[int] = []
    with app.app_context():
        (queue,) = providers(JobQueue)
    monkeypatch.setattr(queue, "enqueue", lambda _name, run_id: waiting.append(run_id))

    def work() -> None:
        with app.app_context():
            while waiting:
                ProductSyncService().execute(waiting.pop(0))

    return work


def asked(api: Program, **body: Any) -> str:
    """Ask for a sync of Xiva and return the address of its run."""
    answer = api.post("/products/sync/", {"external_system": "xiva", **body})
    assert answer.status_code == 202, answer.text
    return str(answer.headers["Location"])


def test_a_sync_is_asked_for_and_followed_at_its_address(api: Program, execute: Execute) -> None:
    answer = api.post("/products/sync/", {"external_system": "xiva", "dry_run": False, "full": False})

    assert answer.status_code == 202
    assert set(answer.json) == {"success", "message", "run"}
    assert answer.json["success"] is True
    assert answer.headers["Location"].endswith(f"/api/loyalty/v1/sync/runs/{answer.json['run']}/")
    queued = api.get(answer.headers["Location"]).json
    assert (queued["status"], queued["started_at"], queued["synced_count"]) == ("queued", None, 0)

    execute()

    run = api.get(answer.headers["Location"]).json
    assert set(run) == RUN_FIELDS
    assert (run["system"], run["status"], run["complete"], run["error"]) == ("xiva", "applied", True, None)
    assert (run["fetched"], run["created"], run["updated"], run["synced_count"]) == (120, 120, 0, 120)
    assert run["started_at"].endswith("Z")
    assert run["finished_at"] > run["started_at"]


def test_a_second_sync_counts_what_stayed_as_it_was(api: Program, execute: Execute) -> None:
    asked(api)
    execute()
    second = asked(api)
    execute()

    run = api.get(second).json

    assert (run["created"], run["updated"], run["unchanged"], run["synced_count"]) == (0, 0, 120, 120)


def test_a_real_worker_takes_the_run_to_its_end(app: Flask, api: Program) -> None:
    address = asked(api)
    until = utcnow() + timedelta(seconds=60)
    while (run := api.get(address).json)["finished_at"] is None and utcnow() < until:
        time.sleep(0.01)

    assert (run["status"], run["created"]) == ("applied", 120)


def test_a_dry_run_shows_its_plan_and_writes_no_product(api: Program, execute: Execute) -> None:
    address = asked(api, dry_run=True)
    execute()

    run = api.get(address).json

    assert (run["status"], run["dry_run"], run["created"], run["synced_count"]) == ("planned", True, 120, 0)
    assert len(api.results(f"{address}changes/?kind=create")) == 120
    assert api.results("/products/") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"external_system": "nowhere"}, 404),
        ({"external_system": "manual"}, 404),
        ({"external_system": "crm"}, 409),
        ({}, 422),
        ({"external_system": None}, 422),
        ({"external_system": "xi\u0000va"}, 422),
        ({"external_system": "xiva", "dry_run": "perhaps"}, 422),
        ({"external_system": "xiva", "force": True}, 422),
    ],
)
def test_a_sync_that_cannot_start_says_why(api: Program, body: dict[str, Any], status: int) -> None:
    answer = api.post("/products/sync/", body)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert api.results("/sync/runs/") == []


def test_a_system_that_is_busy_names_the_run_that_is_going_on(app: Flask, api: Program, execute: Execute) -> None:
    going_on = api.get(asked(api)).json["id"]
    with app.app_context(), writing() as session:
        claim = take(session, "xiva", seconds=60, now=utcnow())
        assert claim is not None
        session.get_one(SyncRun, going_on).lease_number = claim.number

    answer = api.post("/products/sync/", {"external_system": "xiva"})

    assert (answer.status_code, answer.json["run"]) == (409, going_on)
    assert answer.headers["Location"].endswith(f"/sync/runs/{going_on}/")


def test_an_ended_run_is_told_as_ended_even_while_its_system_is_busy(
    app: Flask, api: Program, execute: Execute
) -> None:
    address = asked(api)
    execute()
    with app.app_context(), writing() as session:
        assert take(session, "xiva", seconds=60, now=utcnow()) is not None

    answer = api.post(f"{address}apply/")

    assert (answer.status_code, "it is applied" in answer.json["detail"]) == (409, True)


def test_a_run_that_failed_says_why_in_its_error(api: Program, execute: Execute, xiva: XivaStandin) -> None:
    xiva.misbehave(Fault.HTML_WITH_200)
    address = asked(api)
    execute()

    run = api.get(address).json

    assert (run["status"], run["created"], run["synced_count"]) == ("failed", 0, 0)
    assert run["error"].startswith("Xiva, page 1: ")


def test_runs_are_listed_newest_first_page_by_page(api: Program, execute: Execute) -> None:
    for _ in range(5):
        asked(api)

    first = api.get("/sync/runs/?limit=2")

    assert [run["id"] for run in api.results("/sync/runs/?limit=2")] == [5, 4, 3, 2, 1]
    assert first.headers["Link"] == f'<{first.json["next"]}>; rel="next"'
    assert api.results("/sync/runs/?external_system=crm") == []
    assert [run["id"] for run in api.results("/sync/runs/?status=queued&limit=3")] == [5, 4, 3, 2, 1]
    assert api.results("/sync/runs/?status=applied") == []
    assert api.get("/sync/runs/?status=done").status_code == 400
    assert api.get("/sync/runs/?system=xiva").status_code == 400


def test_changes_are_listed_by_kind_with_their_differences(api: Program, execute: Execute, xiva: XivaStandin) -> None:
    asked(api)
    execute()
    product = api.results("/products/?search=Plan%207")[0]
    api.patch(f"/products/{product['id']}/", {"name": "Ours"})
    xiva.listing.replace(
        [
            *(offering(number) for number in range(118) if number not in (7, 8)),
            offering(7, name="Theirs"),
            offering(8, price="25.00"),
            offering(500),
            offering(501, lifecycleStatus="Imaginary"),
        ]
    )
    address = asked(api)
    execute()

    kinds = {
        kind: [
            change["external_product_id"] or change["name"] for change in api.results(f"{address}changes/?kind={kind}")
        ]
        for kind in ("create", "update", "withdraw", "conflict", "rejected")
    }

    assert kinds["create"] == ["PO-500"]
    assert (kinds["update"], kinds["conflict"], kinds["rejected"]) == (["PO-8"], ["PO-7"], ["PO-501"])
    assert kinds["withdraw"] == ["PO-118", "PO-119"]
    (update,) = api.results(f"{address}changes/?kind=update")
    assert (update["before"], update["after"]) == ({"price": "19.90"}, {"price": "25.00"})
    (conflict,) = api.results(f"{address}changes/?kind=conflict")
    assert conflict["conflicts"]["name"] == {"ours": "Ours", "theirs": "Theirs"}
    (rejected,) = api.results(f"{address}changes/?kind=rejected")
    assert rejected["raw"]["lifecycleStatus"] == "Imaginary"
    assert len(api.results(f"{address}changes/?limit=2")) == 6
    assert api.get(f"{address}changes/?kind=staged").status_code == 400


def test_defect_local_edits_were_overwritten_at_every_sync(api: Program, execute: Execute, xiva: XivaStandin) -> None:
    asked(api)
    execute()
    kept, given_up = (product["id"] for product in api.results("/products/?limit=2")[:2])
    locked = api.patch(f"/products/{kept}/", {"name": "Ours"}).json
    unlocked = api.patch(f"/products/{given_up}/?lock=false", {"name": "Ours for now"}).json
    xiva.listing.replace(
        [offering(number, name=f"Renamed {number}") if number < 2 else offering(number) for number in range(120)]
    )
    asked(api)
    execute()

    assert (set(locked["field_locks"]), locked["sync_state"]) == ({"name"}, "local_edit")
    assert locked["field_locks"]["name"]["by"] == "token:orchestrator"
    assert (unlocked["field_locks"], unlocked["sync_state"]) == ({}, "in_sync")
    now = api.get(f"/products/{kept}/").json
    assert (now["name"], now["sync_state"]) == ("Ours", "conflict")
    assert api.get(f"/products/{given_up}/").json["name"] == "Renamed 1"


def test_a_put_locks_what_it_changed_unless_told_otherwise(api: Program, execute: Execute) -> None:
    asked(api)
    execute()
    first, second = api.results("/products/?limit=2")[:2]

    locked = api.put(f"/products/{first['id']}/", {**first, "category": "Ours"}).json
    unlocked = api.put(f"/products/{second['id']}/?lock=false", {**second, "category": "Ours"}).json

    assert (set(locked["field_locks"]), set(unlocked["field_locks"])) == ({"category"}, set())
    assert api.patch(f"/products/{first['id']}/?lock=perhaps", {}).status_code == 400


def test_defect_nothing_was_ever_marked_gone(api: Program, execute: Execute, xiva: XivaStandin) -> None:
    asked(api)
    execute()
    xiva.listing.replace([offering(number) for number in range(119)])
    asked(api, full=False)
    execute()

    (gone,) = api.results("/products/?sync_state=missing")

    assert (gone["external_product_id"], gone["available_now"]) == ("PO-119", False)
    assert gone["missing_since"] is not None


def test_defect_only_the_first_page_of_the_source_was_read(api: Program, execute: Execute) -> None:
    asked(api)
    execute()

    assert api.get("/products/?count=true&external_system=xiva").json["count"] == 120
    assert api.get("/sync/runs/1/").json["pages"] > 1


def test_a_plan_that_waits_is_applied_by_an_approver(api: Program, execute: Execute, xiva: XivaStandin) -> None:
    address = _waiting(api, execute, xiva)
    held = api.get(address).json
    assert (held["status"], held["synced_count"]) == ("awaiting_approval", 0)
    assert held["held_because"]

    answer = api.post(f"{address}apply/")
    assert (answer.status_code, answer.json["status"], answer.headers["Location"]) == (202, "applying", address)
    execute()

    applied = api.get(address).json
    assert (applied["status"], applied["withdrawn"], applied["decided_by"]) == ("applied", 60, "token:orchestrator")
    assert len(api.results("/products/?sync_state=missing")) == 60
    assert api.post(f"{address}apply/").status_code == 409


def test_a_plan_that_no_longer_fits_waits_again_and_says_why(api: Program, execute: Execute, xiva: XivaStandin) -> None:
    address = _waiting(api, execute, xiva)
    gone = api.results(f"{address}changes/?kind=withdraw")[0]
    api.patch(f"/products/{gone['product_id']}/", {"name": "Moved"})

    api.post(f"{address}apply/")
    execute()

    run = api.get(address).json
    assert (run["status"], run["decided_by"]) == ("awaiting_approval", None)
    assert "no longer fits" in run["error"]
    assert api.results("/products/?sync_state=missing") == []


def test_an_applied_run_is_taken_back(api: Program, execute: Execute, xiva: XivaStandin) -> None:
    asked(api)
    execute()
    xiva.listing.change("PO-7", name="Wrong")
    address = asked(api)
    execute()

    answer = api.post(f"{address}undo")
    assert (answer.status_code, answer.json["undone_by"]) == (202, "token:orchestrator")
    execute()

    run = api.get(address).json
    assert run["undone"] == {"restored": 1, "products": 1, "kept": [], "kept_products": 0}
    assert run["undone_at"] is not None
    assert [product["name"] for product in api.results("/products/?search=Wrong")] == []
    (change,) = api.results(f"{address}changes/?kind=update")
    assert change["undone"] == {"restored": ["name"], "kept": []}
    assert api.post(f"{address}undo/").status_code == 409


def test_rejected_records_are_tried_again(app: Flask, api: Program, execute: Execute, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-7", lifecycleStatus="Sunset")
    address = asked(api)
    execute()
    with app.app_context(), writing() as session:
        session.get_one(ExternalSystem, "xiva").tables = {"lifecycle_status": {"sunset": "retired"}}

    answer = api.post(f"{address}retry/")
    execute()

    run = api.get(answer.headers["Location"]).json
    assert (run["origin"], run["retry_of"], run["status"], run["created"]) == ("retry", 1, "applied", 1)
    (retired,) = api.results("/products/?lifecycle_status=retired")
    assert retired["external_product_id"] == "PO-7"


def test_a_plan_that_waits_is_rejected_and_changes_nothing(api: Program, execute: Execute, xiva: XivaStandin) -> None:
    address = _waiting(api, execute, xiva)

    rejected = api.post(f"{address}reject")

    assert (rejected.status_code, rejected.json["status"]) == (200, "rejected")
    assert api.results("/products/?sync_state=missing") == []
    assert [api.post(f"{address}{way}/").status_code for way in ("apply", "reject", "cancel")] == [409, 409, 409]


def test_a_queued_run_is_cancelled(api: Program, execute: Execute) -> None:
    address = asked(api)

    cancelled = api.post(f"{address}cancel/")
    execute()

    assert (cancelled.status_code, cancelled.json["status"]) == (200, "cancelled")
    assert api.results("/products/") == []


@pytest.mark.parametrize("way", ["", "changes/", "apply/", "reject/", "cancel/", "undo/", "retry/"])
def test_a_run_that_is_not_there_is_404(api: Program, way: str) -> None:
    method = "GET" if way in ("", "changes/") else "POST"

    answer = api.send(method, f"/sync/runs/77/{way}")

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_run_is_the_same_object_for_commands_and_for_programs(app: Flask, api: Program, execute: Execute) -> None:
    address = asked(api)
    execute()

    with app.app_context():
        run = ProductSyncService().get(1)
        assert run_document(run) == api.get(address).json


def _waiting(api: Program, execute: Execute, xiva: XivaStandin) -> str:
    """Sync everything, let half of it vanish at the source, and return the address of the run that was held back."""
    asked(api)
    execute()
    xiva.listing.replace([offering(number) for number in range(60)])
    address = asked(api)
    execute()
    return address
