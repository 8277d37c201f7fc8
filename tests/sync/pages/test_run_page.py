"""The page of a run: why it is held, what it changes, and who may decide."""

import re

import pytest

from catalog_app.core.db import db
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.support.clients import Browser
from tests.support.held_jobs import Work
from tests.support.people import HTMX
from tests.sync.offerings import offering
from tests.sync.pages.conftest import Sync
from tests.sync.pages.reading import read


def missing() -> int:
    db.session.rollback()
    return db.session.query(Product).where(Product.missing_since.is_not(None)).count()


@pytest.fixture
def held(sync: Sync, xiva: XivaStandin) -> str:
    """Return the address of a run that waits: a quarter of the source is gone."""
    sync()
    home = [offering(number, category=[{"id": "2", "name": "Home"}]) for number in range(110, 120)]
    xiva.listing.replace([*(offering(number) for number in range(110)), *home])
    sync()
    xiva.listing.replace([offering(number) for number in range(90)])
    run = sync()
    assert run.status == "awaiting_approval"
    return f"/admin/sync/runs/{run.id}"


def test_why_a_plan_is_held_stands_before_its_counts(approver: Browser, held: str) -> None:
    page = approver.get(held).text

    words = read(page)
    assert "Held: 25 % of what Xiva offers would no longer be offered" in words
    assert "30 of 120 products that Xiva offers would stop being offered: 25.0 %, the guard is 10 %." in words
    assert words.index("Held:") < words.index("Fetched")
    assert 'aria-label="25.0 % against a guard of 10 %"' in page


def test_where_a_loss_is_concentrated_is_told_by_category(approver: Browser, held: str) -> None:
    words = read(approver.get(held).text)

    assert "Prepaid/Data 20 of 110" in words
    assert "Home 10 of 10" in words


def test_applying_asks_once_more_with_the_number_and_then_writes_exactly_that(
    approver: Browser, held: str, work: Work
) -> None:
    question = approver.get(f"{held}/apply", headers=HTMX).text
    assert "Apply 30 changes" in question
    assert missing() == 0

    answer = approver.send(f"{held}/apply")

    assert (answer.status_code, answer.headers["Location"]) == (303, held)
    work()
    assert missing() == 30
    assert "Applied" in approver.get(held).text


def test_in_the_dialog_a_decision_leads_back_to_the_run(approver: Browser, held: str, work: Work) -> None:
    answer = approver.post(f"{held}/apply", data={"csrf_token": approver.csrf()}, headers=HTMX)

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, held)


def test_a_preview_that_would_change_nothing_asks_nobody_for_a_decision(approver: Browser, sync: Sync) -> None:
    sync()
    run = sync(dry_run=True)

    page = approver.get(f"/admin/sync/runs/{run.id}").text

    words = read(page)
    assert "There is nothing to change." in words
    assert "Everything here is as the source has it." in words
    assert "Apply this plan" not in words
    assert "waits for an approver" not in words


def test_a_listing_that_was_not_read_to_its_end_does_not_speak_for_the_whole_catalogue(
    approver: Browser, sync: Sync, xiva: XivaStandin
) -> None:
    sync()
    xiva.misbehave(Fault.IGNORE_OFFSET)
    run = sync()

    words = read(approver.get(f"/admin/sync/runs/{run.id}").text)

    assert "Nothing had changed in what was read." in words
    assert "What was read is here as the source has it." in words
    assert "Everything here" not in words


def test_a_rejected_plan_writes_nothing_and_stays_readable(approver: Browser, held: str) -> None:
    assert approver.send(f"{held}/reject").status_code == 303

    page = approver.get(f"{held}?kind=withdraw").text
    assert missing() == 0
    assert "Rejected by" in page
    assert "Plan 100" in page
    assert "Approve and apply" not in page


def test_a_plan_that_a_newer_run_replaced_is_refused_with_the_reason(approver: Browser, held: str, sync: Sync) -> None:
    sync()

    for headers in ({}, HTMX):
        answer = approver.post(f"{held}/apply", data={"csrf_token": approver.csrf()}, headers=headers)
        assert answer.status_code == 409
        assert "does not wait for approval any more" in answer.text
    assert approver.get(f"{held}/apply").status_code == 409
    assert missing() == 0


def test_a_plan_whose_products_were_changed_since_is_refused_and_stays(
    approver: Browser, held: str, work: Work
) -> None:
    gone = ProductCatalogService().by_identity("xiva", "PO-100")
    assert gone is not None
    ProductCatalogService().patch(gone.id, {"name": "Ours"}, expected_version=None, actor="user:lina")

    approver.send(f"{held}/apply")
    work()

    page = approver.get(held).text
    assert "The plan was not applied." in page
    assert "Awaiting approval" in page
    assert missing() == 0


def test_an_editor_reads_a_plan_but_neither_applies_nor_rejects_it(editor: Browser, held: str) -> None:
    page = editor.get(held).text
    assert "An approver can apply or reject it." in page
    assert f"{held}/apply" not in page
    assert f"{held}/reject" not in page

    for verb in ("apply", "reject"):
        assert editor.get(f"{held}/{verb}").status_code == 403
        assert editor.send(f"{held}/{verb}").status_code == 403


def test_a_changed_price_is_shown_from_old_to_new_with_its_currency(
    viewer: Browser, sync: Sync, xiva: XivaStandin
) -> None:
    sync()
    xiva.listing.replace([offering(number, price="29.90" if number == 7 else "19.90") for number in range(120)])
    run = sync()

    words = read(viewer.get(f"/admin/sync/runs/{run.id}").text)

    assert "Plan 7 PO-7 Price SAR 19.90 SAR 29.90 1" in words


def test_a_conflict_shows_our_value_staying_and_what_the_source_says(
    viewer: Browser, sync: Sync, xiva: XivaStandin
) -> None:
    sync()
    ours = ProductCatalogService().by_identity("xiva", "PO-7")
    assert ours is not None
    ProductCatalogService().patch(ours.id, {"price": "25.00"}, expected_version=None, actor="user:lina")
    xiva.listing.replace([offering(number, price="29.90" if number == 7 else "19.90") for number in range(120)])
    run = sync()

    words = read(viewer.get(f"/admin/sync/runs/{run.id}?kind=conflict").text)

    assert "Price yours SAR 25.00" in words
    assert "Xiva SAR 29.90" in words


def test_a_rejected_record_shows_its_reason_and_the_record_as_it_came(
    viewer: Browser, sync: Sync, xiva: XivaStandin
) -> None:
    hostile = "<script>alert(1)</script>{{ 7 * 7 }}"
    xiva.listing.replace(
        [*(offering(number) for number in range(9)), offering(9, name=hostile, lifecycleStatus="Sunset")]
    )
    run = sync()

    page = viewer.get(f"/admin/sync/runs/{run.id}?kind=rejected").text

    assert '<span class="strong">Status</span>' in page
    assert "&#39;Sunset&#39;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in page
    assert "<script>alert" not in page


def test_changes_are_paged_forwards_and_back(viewer: Browser, sync: Sync) -> None:
    run = sync()
    address = f"/admin/sync/runs/{run.id}?kind=create"

    first = viewer.get(address).text
    assert "1–20 of 120" in first
    second = viewer.get(_link(first, "Next")).text
    assert "21–40 of 120" in second
    assert "Plan 20" in second
    assert "1–20 of 120" in viewer.get(_link(second, "Previous")).text


@pytest.mark.parametrize("after", ["-1", "99999999999999999999", "nine", "%00"])
def test_a_made_up_place_in_the_changes_is_harmless(viewer: Browser, sync: Sync, after: str) -> None:
    run = sync()

    assert viewer.get(f"/admin/sync/runs/{run.id}?kind=create&after={after}").status_code == 200


def test_an_incomplete_listing_says_why_and_withdraws_nothing(viewer: Browser, sync: Sync, xiva: XivaStandin) -> None:
    sync()
    xiva.fault = Fault.IGNORE_OFFSET
    run = sync()

    words = read(viewer.get(f"/admin/sync/runs/{run.id}").text)

    assert "repeats rows that came before" in words
    assert "A listing that is not proved complete never withdraws a product." in words
    assert "120, but 50 came" in words


def test_a_complete_listing_shows_its_proof(viewer: Browser, sync: Sync) -> None:
    run = sync()

    words = read(viewer.get(f"/admin/sync/runs/{run.id}").text)

    assert "Is the listing complete?" in words
    assert "Total promised 120, as read" in words


@pytest.mark.parametrize(
    "address", ["/admin/sync/runs/999", "/admin/sync/runs/1?kind=everything", "/admin/sync/runs/0"]
)
def test_what_is_not_there_is_not_found(viewer: Browser, sync: Sync, address: str) -> None:
    sync()

    assert viewer.get(address).status_code == 404


def test_htmx_gets_the_run_without_the_frame_around_it(viewer: Browser, sync: Sync) -> None:
    run = sync()

    fragment = viewer.get(f"/admin/sync/runs/{run.id}", headers=HTMX).text

    assert fragment.lstrip().startswith('<div class="stack" id="run"')
    assert "<html" not in fragment


def _link(page: str, word: str) -> str:
    links: list[tuple[str, str]] = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return next(address for address, text in links if f"<span>{word}</span>" in text).replace("&amp;", "&")
