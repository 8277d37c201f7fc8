"""The activity page: who changed what."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from catalog_app.core.db import writing
from catalog_app.events.service import record_revision
from catalog_app.products.service import ProductCatalogService
from tests.support.clients import Browser
from tests.support.people import HTMX

PAGE = "/admin/activity/"
NOW = datetime(2026, 11, 22, 14, 9, tzinfo=UTC)
PLAN = {"name": "Flex 30 GB", "product_type": "data", "price": "149.00", "currency": "SAR"}


def told(count: int = 1, *, name: str = "Flex", actor: str = "user:omar@operator.example", **values: object) -> None:
    """Write revisions of one thing, a minute apart."""
    with writing() as session:
        for number in range(count):
            record_revision(
                session,
                (str(values.get("type", "product")), 7, f"{name} {number}"),
                {"price": ["149.00", "159.00"]},
                version=number + 1,
                action=str(values.get("action", "updated")),
                actor=actor,
                at=NOW + timedelta(minutes=number),
                run_id=values.get("run_id"),  # type: ignore[arg-type]
            )


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

    assert "Sync of xiva" in page
    assert 'href="/admin/sync/runs/12"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=people", "user"),
        ("kind=syncs", "sync"),
        ("kind=programs", "token"),
        ("kind=commands", "cli"),
        ("actor=OMAR", "user"),
        ("name=by+token", "token"),
        ("subject_type=segment", "cli"),
        ("run_id=12", "sync"),
        ("subject_type=product&subject_id=7&kind=people", "user"),
    ],
)
def test_each_filter_leaves_what_fits_and_nothing_else(app: Flask, viewer: Browser, query: str, found: str) -> None:
    told(name="by user")
    told(name="by sync", actor="sync:xiva", run_id=12)
    told(name="by token", actor="token:engine")
    told(name="by cli", actor="cli", type="segment")

    page = viewer.get(f"{PAGE}?{query}").text

    shown = {kind for kind in ("user", "sync", "token", "cli") if f"by {kind} 0" in page}
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
