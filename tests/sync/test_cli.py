"""The commands `sync` and `systems`: exit codes and output that scripts rely on, against a source with real HTTP."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import ExternalSystem, SyncChange, SyncRun
from catalog_app.sync.planning.change_rows import ChangeRows
from catalog_app.sync.runs.lease import give_back, take
from catalog_app.sync.service import ProductSyncService
from tests.sync.conftest import PASSWORD
from tests.sync.offerings import offering

Run = Callable[[str], Result]
PROMISED = {
    "id", "system", "status", "complete", "fetched", "created", "updated", "unchanged", "conflicts", "rejected", "withdrawn",
    "error", "started_at", "finished_at",
}  # fmt: skip


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()

    def command(line: str) -> Result:
        return runner.invoke(args=line.split())

    return command


@pytest.fixture
def busy(app: Flask) -> Iterator[None]:
    """Let another run hold Xiva."""
    with writing() as session:
        claim = take(session, "xiva", seconds=60, now=utcnow())
        assert claim is not None
        run = SyncRun(external_system="xiva", status="fetching", requested_by="cli", requested_at=utcnow())
        run.lease_number = claim.number
        session.add(run)
    yield
    with writing() as session:
        give_back(session, claim)


def printed(result: Result) -> dict[str, Any]:
    """Return the one JSON object that a command printed on stdout."""
    (line,) = result.stdout.splitlines()
    document: dict[str, Any] = json.loads(line)
    assert set(document) >= PROMISED
    return document


def products() -> int:
    db.session.rollback()
    return db.session.query(Product).count()


def test_an_applied_run_exits_with_0_and_prints_itself(run: Run) -> None:
    result = run("sync run xiva --wait --json")

    document = printed(result)
    assert result.exit_code == 0
    assert (document["status"], document["system"], document["created"], document["complete"]) == (
        "applied",
        "xiva",
        120,
        True,
    )
    assert products() == 120


def test_a_dry_run_exits_with_0_and_writes_nothing(run: Run) -> None:
    result = run("sync run xiva --wait --dry-run --full --json")

    assert (result.exit_code, printed(result)["status"], printed(result)["created"]) == (0, "planned", 120)
    assert products() == 0


def test_a_plan_that_is_held_exits_with_2_and_says_why(run: Run, xiva: XivaStandin) -> None:
    run("sync run xiva --wait")
    xiva.listing.replace([offering(number) for number in range(60)])

    result = run("sync run xiva --wait --json")

    assert (result.exit_code, printed(result)["status"], printed(result)["withdrawn"]) == (2, "awaiting_approval", 60)
    assert "Held: 60 of 120 products that Xiva offers would stop being offered" in result.stderr


def test_a_held_plan_is_applied_by_its_number(run: Run, xiva: XivaStandin) -> None:
    run("sync run xiva --wait")
    xiva.listing.replace([offering(number) for number in range(60)])
    run("sync run xiva --wait")

    result = run("sync apply 2 --json")

    assert (result.exit_code, printed(result)["status"]) == (0, "applied")
    again = run("sync apply 2 --json")
    assert (again.exit_code, printed(again)["status"], printed(again)["id"]) == (1, "failed", 2)
    assert "does not wait" in printed(again)["error"]


def test_a_held_plan_is_rejected_by_its_number(run: Run, xiva: XivaStandin) -> None:
    run("sync run xiva --wait")
    xiva.listing.replace([])
    run("sync run xiva --wait")

    result = run("sync reject 2 --json")

    assert (result.exit_code, printed(result)["status"]) == (0, "rejected")
    assert run("sync reject 2").exit_code == 1


def test_a_run_that_failed_exits_with_1_and_still_prints_itself(run: Run, xiva: XivaStandin) -> None:
    xiva.fault = Fault.HTML_WITH_200

    result = run("sync run xiva --wait --json")

    document = printed(result)
    assert (result.exit_code, document["status"]) == (1, "failed")
    assert "HTML page" in document["error"]
    assert "HTML page" in result.stderr


def test_a_busy_system_exits_with_3(run: Run, busy: None) -> None:
    result = run("sync run xiva --wait --json")

    document = printed(result)
    assert (result.exit_code, document["status"], document["id"]) == (3, "busy", None)
    assert document["error"] == "Xiva is being synced now by run 1."
    assert len(ProductSyncService().runs()) == 1


def test_a_plan_of_a_busy_system_is_not_applied_and_exits_with_3(run: Run, xiva: XivaStandin) -> None:
    run("sync run xiva --wait --dry-run")
    with writing() as session:
        assert take(session, "xiva", seconds=60, now=utcnow()) is not None

    result = run("sync apply 1 --json")

    assert (result.exit_code, printed(result)["status"]) == (3, "busy")
    assert products() == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sync run crm --wait --json", "CATALOG_CRM_BASE_URL"),
        ("sync run nowhere --json", "There is no external system 'nowhere'."),
        ("sync apply 99 --json", "There is no sync run 99."),
        ("sync reject 99 --json", "There is no sync run 99."),
        ("sync cancel 99 --json", "There is no sync run 99."),
        ("sync undo 99 --json", "There is no sync run 99."),
        ("sync retry 99 --json", "There is no sync run 99."),
        ("sync show 99 --json", "There is no sync run 99."),
    ],
)
def test_what_cannot_start_exits_with_1_and_still_prints_one_object(run: Run, line: str, words: str) -> None:
    result = run(line)

    document = printed(result)
    assert (result.exit_code, document["status"]) == (1, "failed")
    assert words in document["error"]
    assert words in result.stderr


def test_a_database_that_refuses_is_told_without_its_details(run: Run) -> None:
    with writing() as session:
        for table in (SyncChange, SyncRun):
            session.execute(text(f"ALTER TABLE {table.__tablename__} RENAME TO {table.__tablename__}_away"))
    try:
        result = run("sync run xiva --wait --json")
    finally:
        db.session.rollback()
        with writing() as session:
            for table in (SyncChange, SyncRun):
                session.execute(text(f"ALTER TABLE {table.__tablename__}_away RENAME TO {table.__tablename__}"))

    assert (result.exit_code, printed(result)["status"]) == (1, "failed")
    assert "SELECT" not in result.output
    assert "INSERT" not in result.output


def test_without_wait_a_run_is_only_queued_and_due_takes_it_up(run: Run) -> None:
    result = run("sync run xiva --json")
    assert (result.exit_code, printed(result)["status"]) == (0, "queued")
    assert "sync due" in result.stderr
    assert products() == 0

    due = run("sync due")

    assert due.exit_code == 0
    assert due.stdout.split("\t")[:3] == ["1", "xiva", "applied"]
    assert products() == 120
    assert "Nothing is due and nothing is queued." in run("sync due").stderr


def test_due_begins_what_is_due_by_the_schedule(run: Run) -> None:
    with writing() as session:
        session.get_one(ExternalSystem, "xiva").sync_frequency = "realtime"
    run("sync due")

    with time_machine.travel(utcnow() + timedelta(minutes=5), tick=True):
        due = run("sync due")

    assert (due.exit_code, due.stdout.split("\t")[2]) == (0, "applied")
    (begun,) = ProductSyncService().runs()
    assert (begun.origin, begun.frequencies) == ("schedule", ["realtime"])


def test_an_applied_run_is_taken_back_and_what_stays_is_named(run: Run, xiva: XivaStandin) -> None:
    run("sync run xiva --wait")
    xiva.listing.change("PO-7", name="Wrong", description="Wrong words")
    run("sync run xiva --wait")
    product = db.session.query(Product).where(Product.external_product_id == "PO-7").one()
    ProductCatalogService().patch(product.id, {"name": "Ours"}, expected_version=None, actor="user:lina")

    result = run("sync undo 2 --json")

    assert (result.exit_code, printed(result)["undone"]["restored"]) == (0, 1)
    assert f"Kept: product {product.id} (Ours): name" in result.stderr
    again = run("sync undo 2 --json")
    assert (again.exit_code, "taken back already" in printed(again)["error"]) == (1, True)


def test_rejected_records_are_tried_again_without_asking_the_source(run: Run, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-7", lifecycleStatus="Sunset")
    run("sync run xiva --wait")
    asked = xiva.count(path_ends="/productOffering/")

    result = run("sync retry 1 --wait --json")

    assert (result.exit_code, printed(result)["rejected"], printed(result)["origin"]) == (0, 1, "retry")
    assert xiva.count(path_ends="/productOffering/") == asked


def test_a_queued_run_is_cancelled_and_shown(run: Run) -> None:
    run("sync run xiva")

    result = run("sync cancel 1 --json")

    assert (result.exit_code, printed(result)["status"]) == (0, "cancelled")
    assert run("sync cancel 1").exit_code == 1
    assert "status\tcancelled" in run("sync show 1").stdout
    assert printed(run("sync show 1 --json"))["status"] == "cancelled"


def test_the_rows_of_a_file_are_taken_and_the_unusable_ones_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    good = "".join(f"A-{number},Plan,data\n" for number in range(9))
    path.write_text(f"external_product_id,name,product_type\n{good}A-9,Plan,unheard of\n")

    result = run(f"sync file crm {path} --json")

    assert (result.exit_code, printed(result)["created"], printed(result)["origin"]) == (0, 9, "file")
    assert "Rejected: product_type: line 11: " in result.stderr


def test_due_exits_as_its_worst_run_does(run: Run, xiva: XivaStandin) -> None:
    run("sync run xiva")
    xiva.fault = Fault.REFUSE_LOGIN

    assert run("sync due").exit_code == 1


def test_runs_are_listed_newest_first(run: Run) -> None:
    run("sync run xiva --wait")
    run("sync run xiva --wait --dry-run")

    lines = run("sync runs").stdout.splitlines()

    assert [line.split("\t")[:3] for line in lines] == [["2", "xiva", "planned"], ["1", "xiva", "applied"]]
    assert len(run("sync runs --limit 1").stdout.splitlines()) == 1
    assert run("sync runs --system crm").stdout == ""


@pytest.mark.parametrize(
    "line",
    [
        "sync",
        "sync run",
        "sync run xiva --colour",
        "sync apply x",
        "sync apply 0",
        "sync apply 99999999999999",
        "systems show",
    ],
)
def test_wrong_usage_exits_with_64_and_prints_nothing_on_stdout(run: Run, line: str) -> None:
    result = run(line)

    assert result.exit_code == 64
    assert result.stdout == ""


def test_messages_for_people_stay_off_stdout(run: Run) -> None:
    result = run("sync run xiva --wait")

    assert result.stdout == ""
    assert "120 fetched, " not in result.stdout
    assert "120 created" in result.stderr


def test_systems_are_listed_with_what_to_set(run: Run) -> None:
    xiva, crm, _billing = run("systems list").stdout.splitlines()

    assert xiva.split("\t")[-2:] == ["never synced", "configured"]
    assert "not configured: set CATALOG_CRM_BASE_URL" in crm


def test_a_system_is_shown_with_the_origin_of_each_value_and_no_secret(run: Run, xiva: XivaStandin) -> None:
    shown = run("systems show xiva")

    rows = {cells[0]: cells[1:] for cells in (line.split("\t") for line in shown.stdout.splitlines())}
    assert rows["base_url"] == [xiva.base_url, "environment", "CATALOG_XIVA_BASE_URL"]
    assert rows["password"] == ["set", "environment", "CATALOG_XIVA_PASSWORD"]
    assert rows["preset"][1] == "settings"
    assert PASSWORD not in shown.output


def test_a_test_shows_the_first_page_mapped_and_writes_nothing(run: Run, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-3", lifecycleStatus="Sunset")

    result = run("systems test xiva")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert len(lines) == 50
    assert lines[0] == "PO-0\tPlan 0\tdata\tlaunched\tSAR 19.90"
    assert lines[3].startswith("PO-3\trejected\tlifecycle_status: 'Sunset'")
    assert "50 of 120 rows on the first page, 1 rejected. Nothing was written." in result.stderr
    assert (products(), ProductSyncService().runs()) == (0, [])
    assert xiva.count(path_ends="/productOffering/") == 1


def test_a_test_of_a_system_that_refuses_says_why_and_fails(run: Run, xiva: XivaStandin) -> None:
    xiva.fault = Fault.REFUSE_LOGIN

    result = run("systems test xiva")

    assert result.exit_code == 1
    assert "refused the credentials (401)" in result.stderr


def test_what_breaks_on_the_way_exits_with_1_and_still_prints_one_object(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "products.csv"
    path.write_text("external_product_id,name,product_type\nA-1,Plan,data\n")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(ChangeRows, "insert", full)

    result = run(f"sync file xiva {path} --json")

    assert (result.exit_code, printed(result)["status"]) == (1, "failed")
    assert "no space" not in result.stdout
