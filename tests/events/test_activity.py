"""The activity page: who changed what."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from flask import Flask

from catalog_app.core.db import writing
from catalog_app.events.service import record_revision
from catalog_app.products.service import ProductCatalogService
from tests.support.clients import Browser
from tests.support.people import HTMX, signed_in_as

PAGE = "/admin/activity/"
NOW = datetime(2026, 11, 22, 14, 9, tzinfo=UTC)
PLAN = {"name": "Flex 30 GB", "product_type": "data", "price": "149.00", "currency": "SAR"}


def told(count: int = 1, *, name: str = "Flex", actor: str = "user:omar@operator.example", **values: Any) -> None:
    """Write revisions of one thing, a minute apart."""
    with writing() as session:
        for number in range(count):
            revision = record_revision(
                session,
                (str(values.get("type", "product")), 7, f"{name} {number}"),
                values.get("changes", {"price": ["149.00", "159.00"]}),
                version=number + 1,
                action=values.get("action", "updated"),
                actor=actor,
                at=values.get("at", NOW) + timedelta(minutes=number),
                run_id=values.get("run_id"),
            )
            revision.edit_plan_id = values.get("edit_plan_id")


def read(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_an_edit_is_told_with_its_fields_who_made_it_and_a_link_to_the_product(app: Flask, viewer: Browser) -> None:
    product = ProductCatalogService().create(PLAN, actor="user:lina@operator.example")
    patch = {"price": "159.00", "features": {"data_mb": 6144}}
    ProductCatalogService().patch(product.id, patch, expected_version=None, actor="user:omar@operator.example")

    page = viewer.get(PAGE).text

    assert f'href="/admin/products/{product.id}"' in page
    text = read(page)
    assert "Updated Price 149.00 159.00" in text
    assert "Data – 6,144 MB" in text
    assert "omar@operator.example" in text


def test_a_change_by_a_run_links_to_the_run(app: Flask, viewer: Browser) -> None:
    told(actor="sync:xiva", action="synced", run_id=12)

    page = viewer.get(PAGE).text

    assert "Sync of Xiva" in page
    assert 'href="/admin/sync/runs/12"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=people&until=2026-11-22", "user"),
        ("kind=syncs", "sync"),
        ("kind=programs", "token"),
        ("kind=commands", "cli"),
        ("actor=OMAR&subject_type=product", "user"),
        ("name=by+token", "token"),
        ("subject_type=segment", "cli"),
        ("run_id=12", "sync"),
        ("edit_plan_id=3", "plan"),
        ("action=withdrawn", "sync"),
        ("field=valid_to", "token"),
        ("from=2026-11-24&until=2026-11-24", "plan"),
        ("until=2026-11-22&kind=programs", "token"),
        ("subject_type=product&subject_id=7&kind=people", "user"),
    ],
)
def test_each_filter_leaves_what_fits_and_nothing_else(app: Flask, viewer: Browser, query: str, found: str) -> None:
    told(name="by user")
    told(name="by sync", actor="sync:xiva", run_id=12, action="withdrawn")
    told(name="by token", actor="token:engine", changes={"valid_to": [None, "2026-12-01T00:00:00Z"]})
    told(name="by cli", actor="cli", type="segment")
    told(
        name="by plan", actor="user:omar@operator.example", edit_plan_id=3, type="category", at=NOW + timedelta(days=2)
    )

    page = viewer.get(f"{PAGE}?{query}").text

    shown = {kind for kind in ("user", "sync", "token", "cli", "plan") if f"by {kind} 0" in page}
    assert shown == {found}


def test_what_is_looked_for_is_never_a_pattern(app: Flask, viewer: Browser) -> None:
    told(name="Flex")

    for text in ("%25", "_", "Fl%25x"):
        assert "No change matches" in viewer.get(f"{PAGE}?name={text}").text


@pytest.mark.parametrize(
    "query", ["name=%00", "actor=%00%00", "before=x", "before=-1", "subject_id=9e9", "kind=all", "run_id="]
)
def test_a_made_up_address_is_harmless(app: Flask, viewer: Browser, query: str) -> None:
    told()

    assert viewer.get(f"{PAGE}?{query}").status_code == 200


def test_changes_are_paged_newest_first_and_keep_their_filters(app: Flask, viewer: Browser) -> None:
    told(35)

    first = viewer.get(f"{PAGE}?kind=people").text
    assert "Flex 34<" in first
    assert "Flex 4<" not in first
    (older,) = re.findall(r'href="([^"]*before=[^"]*)"', first)
    assert "kind=people" in older
    second = viewer.get(older.replace("&amp;", "&")).text
    assert "Flex 4<" in second
    assert "Flex 5<" not in second


def test_empty_states_differ(viewer: Browser) -> None:
    assert "No change matches" in viewer.get(f"{PAGE}?name=nothing").text
    told()
    assert "Clear filters" not in viewer.get(PAGE).text


def test_a_name_from_elsewhere_is_text(app: Flask, viewer: Browser) -> None:
    told(name="<img src=x onerror=alert(1)>")

    page = viewer.get(PAGE).text

    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img" not in page


def test_htmx_gets_the_list_without_the_frame(viewer: Browser) -> None:
    fragment = viewer.get(PAGE, headers=HTMX).text

    assert fragment.lstrip().startswith('<div class="stack" id="activity"')
    assert "<html" not in fragment


def test_nobody_reads_it_without_signing_in(app: Flask) -> None:
    assert app.test_client().get(PAGE).status_code == 303


def test_a_system_narrows_to_its_products_and_to_itself(app: Flask, viewer: Browser) -> None:
    ProductCatalogService().create({**PLAN, "name": "Ours alone"}, actor="user:lina@operator.example")
    told(name="Of a product that is gone")

    page = viewer.get(f"{PAGE}?system=manual").text

    assert "Ours alone" in page
    assert "Of a product that is gone" not in page
    assert "Nothing has changed" not in viewer.get(f"{PAGE}?system=unheard-of").text


def test_what_is_on_is_said_in_words_and_each_is_taken_off_by_itself(viewer: Browser) -> None:
    told(action="withdrawn", changes={"sync_state": ["in_sync", "missing"]})

    page = viewer.get(f"{PAGE}?action=withdrawn&field=sync_state&from=2026-11-01").text

    text = read(page)
    assert "Change Withdrawn" in text
    assert "Field Sync state" in text
    assert "Sync state In sync Missing" in text
    assert 'href="/admin/activity/?field=sync_state&amp;from=2026-11-01"' in page
    assert "in_sync" not in text


def test_the_way_back_to_newer_changes_is_the_page_before(viewer: Browser) -> None:
    told(70)
    pages = [f"{PAGE}?kind=people"]
    for _ in range(2):
        (older,) = re.findall(r'href="([^"]*before=[^"]*)"', viewer.get(pages[-1]).text)
        pages.append(older.replace("&amp;", "&"))

    (newer,) = re.findall(r'href="([^"]*after=[^"]*)"', viewer.get(pages[-1]).text)

    assert shown(viewer, newer.replace("&amp;", "&")) == shown(viewer, pages[1])


def test_a_day_begins_where_the_reader_is(viewer: Browser) -> None:
    told(name="late", at=datetime(2026, 11, 22, 22, 30, tzinfo=UTC))
    query = f"{PAGE}?name=late&from=2026-11-23&until=2026-11-23"

    assert "No change matches" in viewer.get(query).text
    viewer.set_cookie("catalog_time_zone", "Asia/Riyadh")
    assert "late 0" in viewer.get(query).text


def test_what_is_filtered_is_exported_in_words_with_cells_that_run_nothing(viewer: Browser) -> None:
    told(name="=cmd|calc", changes={"lifecycle_status": ["launched", "retired"], "name": ["a", "@SUM(1)"]}, run_id=12)
    told(name="left out", actor="token:engine")

    answer = viewer.get("/admin/activity/export.csv?kind=people", buffered=True)

    assert answer.headers["Content-Disposition"].startswith('attachment; filename="activity-')
    head, *lines = csv.reader(StringIO(answer.text.removeprefix("\ufeff")))
    assert head[:4] == ["When (UTC)", "Who", "Change", "Kind of thing"]
    # PostgreSQL keeps the fields of a change in an order of its own.
    fields = sorted(line[7:11] for line in lines)
    assert fields == [["Name", "a", "'@SUM(1)", "12"], ["Status", "Active", "Retired", "12"]]
    assert {line[5] for line in lines} == {"'=cmd|calc 0"}


def test_who_acted_leads_to_their_page_for_admins_alone(app: Flask, viewer: Browser) -> None:
    admin = signed_in_as(app, "admin")
    told(actor="user:viewer@operator.example")

    assert 'href="/admin/settings/users/1"' in admin.get(PAGE).text
    assert 'href="/admin/settings/users/1"' not in viewer.get(PAGE).text


def shown(viewer: Browser, url: str) -> list[str]:
    return re.findall(r"Flex \d+(?=<)", viewer.get(url).text)
