"""What an approver does with a run on its page: apply, plan again, take back, try rejected records again, settle conflicts."""

import re

import pytest

from catalog_app.core.db import db
from catalog_app.demo.standin import XivaStandin
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.runs import settling
from catalog_app.sync.service import ProductSyncService
from tests.support.clients import Browser
from tests.support.held_jobs import Work
from tests.support.people import HTMX
from tests.sync.offerings import offering
from tests.sync.pages.conftest import Sync
from tests.sync.pages.reading import read

RUNS = "/admin/sync/runs"


def product(external_id: str) -> Product:
    db.session.rollback()
    found = ProductCatalogService().by_identity("xiva", external_id)
    assert found is not None
    return found


def patch(external_id: str, **values: object) -> None:
    ProductCatalogService().patch(
        product(external_id).id, values, expected_version=None, actor="user:lina@demo.example"
    )


@pytest.fixture
def repriced(sync: Sync, xiva: XivaStandin) -> str:
    """Return the address of an applied run that gave product 7 another price."""
    sync()
    xiva.listing.replace([offering(number, price="29.90" if number == 7 else "19.90") for number in range(120)])
    run = sync()
    assert (run.status, run.updated) == ("applied", 1)
    return f"{RUNS}/{run.id}"


@pytest.fixture
def conflicting(sync: Sync, xiva: XivaStandin) -> str:
    """Return the address of an applied run that wants another price and name than people do, and a price elsewhere."""
    sync()
    patch("PO-7", price="25.00", name="Ours")
    patch("PO-8", price="26.00")
    changed = {7: {"name": "Theirs", "price": "29.90"}, 8: {"price": "29.90"}}
    xiva.listing.replace([offering(number, **changed.get(number, {})) for number in range(120)])
    run = sync()
    assert (run.status, run.conflicts) == ("applied", 2)
    return f"{RUNS}/{run.id}"


def test_a_preview_is_applied_by_a_job_and_the_page_follows_it(
    approver: Browser, sync: Sync, work: Work, xiva: XivaStandin
) -> None:
    run = f"{RUNS}/{sync(dry_run=True).id}"
    assert "it can be undone" in read(approver.get(run).text)

    assert approver.send(f"{run}/apply").status_code == 303
    going_on = approver.get(run).text
    assert "every 1s" in going_on
    assert "waits for a worker" in going_on
    assert '<noscript><meta http-equiv="refresh"' in going_on

    work()

    done = read(approver.get(run).text)
    assert "It created 120, updated 0 and withdrew 0 products." in done
    assert "Decision" in done


def test_a_plan_that_no_longer_fits_waits_with_the_reason_and_is_planned_again(
    approver: Browser, repriced: str, sync: Sync, work: Work, xiva: XivaStandin
) -> None:
    xiva.listing.replace([offering(number, price="39.90" if number == 7 else "19.90") for number in range(120)])
    run = f"{RUNS}/{sync(dry_run=True).id}"
    patch("PO-7", name="Ours meanwhile")
    approver.send(f"{run}/apply")
    work()

    page = read(approver.get(run).text)
    assert "The plan was not applied." in page
    assert "Plan again" in page
    assert "Apply this plan" not in page

    answer = approver.send(f"{run}/replan")
    work()

    assert answer.status_code == 303
    assert answer.headers["Location"] != run
    assert "Apply this plan" in approver.get(answer.headers["Location"]).text


def test_undoing_says_what_comes_back_and_then_what_stayed(approver: Browser, repriced: str, work: Work) -> None:
    assert "Undo run" in approver.get(repriced).text
    assert "None of them was changed since." in read(approver.get(f"{repriced}/undo", headers=HTMX).text)
    patch("PO-7", price="31.00")
    question = read(approver.get(f"{repriced}/undo", headers=HTMX).text)
    assert "1 of them was changed since." in question
    assert "Undo 1 change" in question

    assert approver.send(f"{repriced}/undo").status_code == 303
    assert "Taking it back" in approver.get(repriced).text
    work()

    page = read(approver.get(repriced).text)
    assert "Undone" in page
    assert "On 1 product something was changed since, and stays: Plan 7 Price" in page
    assert str(product("PO-7").price).startswith("31")
    assert approver.get(f"{repriced}/undo").status_code == 409
    assert approver.send(f"{repriced}/undo").status_code == 409


def test_what_an_undo_brought_back_is_marked_beside_each_change(approver: Browser, repriced: str, work: Work) -> None:
    approver.send(f"{repriced}/undo")
    work()

    assert "taken back" in approver.get(f"{repriced}?kind=update").text
    assert str(product("PO-7").price).startswith("19.9")


def test_an_editor_neither_undoes_nor_retries_nor_plans_again(editor: Browser, repriced: str) -> None:
    page = editor.get(repriced).text
    assert "Undo run" not in page
    for verb in ("undo", "retry", "replan"):
        assert editor.send(f"{repriced}/{verb}").status_code == 403


def test_rejected_records_are_tried_again_from_their_tab(
    approver: Browser, sync: Sync, work: Work, xiva: XivaStandin
) -> None:
    xiva.listing.replace([*(offering(number) for number in range(9)), offering(9, lifecycleStatus="Sunset")])
    run = f"{RUNS}/{sync().id}"
    assert "Retry rejected" in approver.get(f"{run}?kind=rejected").text

    answer = approver.send(f"{run}/retry")
    work()

    again = read(approver.get(answer.headers["Location"]).text)
    assert "Rejected records of run 1, tried again" in again
    assert "Sunset" in again


def test_a_run_without_rejected_records_refuses_to_try_them_again(approver: Browser, repriced: str) -> None:
    answer = approver.send(f"{repriced}/retry")

    assert answer.status_code == 409
    assert "no rejected records" in answer.text


def test_one_field_of_a_conflict_is_kept_and_the_others_go_on_waiting(editor: Browser, conflicting: str) -> None:
    page = read(editor.get(f"{conflicting}?kind=conflict").text)
    assert "3 fields wait to be settled." in page

    answer = editor.post(
        f"{conflicting}/settle",
        data={"csrf_token": editor.csrf(), "choice": "keep", "product": product("PO-7").id, "field": "price"},
        headers=HTMX,
    )

    assert "2 fields wait to be settled." in answer.text
    assert "1 conflict settled: yours stays." in answer.text
    locks = product("PO-7").field_locks
    assert ("theirs" in locks["price"], "theirs" in locks["name"]) == (False, True)


def test_taking_all_of_theirs_settles_every_conflict_of_the_run(editor: Browser, conflicting: str) -> None:
    answer = editor.send(f"{conflicting}/settle", choice="take", target="all")

    assert answer.status_code == 303
    assert "All of them are settled." in editor.get(f"{conflicting}?kind=conflict").text
    assert (product("PO-7").name, product("PO-8").sync_state) == ("Theirs", "in_sync")


def test_settling_all_goes_on_behind_what_one_request_takes(
    editor: Browser, conflicting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MOST", 1)
    answer = editor.send(f"{conflicting}/settle", choice="take", target="all")
    assert "More conflicts of this run wait" in editor.get(answer.headers["Location"]).text

    editor.send(f"{conflicting}/settle", choice="take", target="all")

    assert "All of them are settled." in editor.get(f"{conflicting}?kind=conflict").text


def test_what_somebody_settled_meanwhile_is_said_and_left_alone(editor: Browser, conflicting: str) -> None:
    editor.send(f"{conflicting}/settle", choice="keep", target="all")
    version = product("PO-7").version

    answer = editor.send(f"{conflicting}/settle", choice="take", product=str(product("PO-7").id), field="price")

    assert "somebody did it meanwhile" in editor.get(answer.headers["Location"]).text
    assert product("PO-7").version == version


@pytest.mark.parametrize(("sent", "status"), [({}, 400), ({"choice": "steal", "target": "all"}, 400),
                                              ({"choice": "take", "product": "x"}, 303),
                                              ({"choice": "take", "product": "99999999999999999999"}, 303)])  # fmt: skip
def test_a_made_up_choice_settles_nothing(editor: Browser, conflicting: str, sent: dict[str, str], status: int) -> None:
    assert editor.send(f"{conflicting}/settle", **sent).status_code == status
    assert product("PO-7").sync_state == "conflict"


def test_a_viewer_sees_conflicts_and_settles_none(viewer: Browser, conflicting: str) -> None:
    page = viewer.get(f"{conflicting}?kind=conflict").text
    assert "Keep mine" not in page
    assert viewer.send(f"{conflicting}/settle", choice="keep", target="all").status_code == 403


def test_conflicts_of_a_plan_that_waits_are_not_settled_before_it_is_applied(
    editor: Browser, sync: Sync, xiva: XivaStandin
) -> None:
    sync()
    patch("PO-7", price="25.00")
    xiva.listing.replace([offering(number, price="29.90" if number == 7 else "19.90") for number in range(120)])
    run = sync(dry_run=True)

    page = editor.get(f"{RUNS}/{run.id}?kind=conflict").text

    assert "Once the plan is applied, each can be settled here." in page
    assert not re.search(r'action="[^"]*/settle"', page)


def test_a_rejected_and_a_superseded_run_say_that_nothing_was_written(approver: Browser, sync: Sync) -> None:
    first = sync(dry_run=True)
    ProductSyncService().reject(first.id, actor="user:lina@demo.example")
    second = sync(dry_run=True)
    sync()

    rejected = read(approver.get(f"{RUNS}/{first.id}").text)
    assert "Rejected by lina@demo.example" in rejected
    assert "Then, and what the plan wanted" not in rejected
    assert "took its place; nothing of this one was applied" in read(approver.get(f"{RUNS}/{second.id}").text)
