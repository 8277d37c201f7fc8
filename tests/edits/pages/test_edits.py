"""The pages of edits: a form for each action, the plan with every row, and who may decide."""

import re
from collections.abc import Collection
from decimal import Decimal

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.core.wiring import provide
from catalog_app.edits.actions import ACTIONS
from catalog_app.edits.models import EditPlan
from catalog_app.edits.service import EditService
from catalog_app.products.usage import Usage, Usages, UsageSource
from tests.edits.conftest import applied, edited, planned, product, shelf
from tests.support.clients import Browser
from tests.support.held_jobs import Work
from tests.support.people import HTMX, signed_in_as

EDITOR = "user:editor@operator.example"


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_forty_prices_are_lowered_from_the_list_previewed_applied_and_undone_by_buttons(
    editor: Browser, work: Work
) -> None:
    numbers = shelf(40, system="xiva", product_type="bundle")
    shelf(3)

    form = editor.get("/admin/edits/new?all=1&query=product_type%3Dbundle&action=price_percent")
    assert "All 40 products that match Type Bundle" in words(form.text)

    sent = {"action": "price_percent", "all": "1", "query": "product_type=bundle", "direction": "lower"}
    faulty = editor.send("/admin/edits/", **sent, percent="some")
    assert (faulty.status_code, "Write a number, such as 12.50." in faulty.text) == (422, True)
    assert 'value="some"' in faulty.text, "what was typed stays"

    made = editor.send("/admin/edits/", **sent, percent="10")
    page = made.headers["Location"]
    assert "Waiting to start" in editor.get(page).text
    work()
    preview = words(editor.get(page).text)
    assert "Lower the price by 10 %" in preview
    assert "Nothing has been written yet. Applying changes 40 products; it can be undone." in preview
    assert "SAR 10.00" in preview
    assert "SAR 9.00" in preview
    assert "1–25 of 40" in preview
    assert "Apply 40 changes" in preview

    editor.send(f"{page}/apply")
    assert "Writing the changes" in editor.get(page).text
    work()
    done = editor.get(f"{page}?was=applying", headers=HTMX)
    assert ("40 products changed." in done.text, f'action="{page}/undo"' in done.text) == (True, True)
    history = words(editor.get(f"/admin/products/{numbers[0]}?tab=history").text)
    assert f"Edit {page.rsplit('/', 1)[1]}" in history
    assert "40 products go back" in words(editor.get(f"{page}/undo").text)

    editor.send(f"{page}/undo")
    work()
    assert "40 products are as they were before" in words(editor.get(page).text)
    assert product(numbers[0]).price == Decimal(10)
    assert product(numbers[0]).field_locks == {}


def test_every_action_asks_what_it_needs_in_a_dialog_and_as_a_page(editor: Browser) -> None:
    number = str(shelf(1)[0])
    for action in ACTIONS:
        sent = {"ids": number, "action": action.name}
        page, dialog = editor.get("/admin/edits/new", query_string=sent), editor.post(
            "/admin/edits/new", data={**sent, "csrf_token": editor.csrf()}, headers=HTMX
        )  # fmt: skip
        assert (page.status_code, dialog.status_code) == (200, 200), action.name
        assert ("<html" in page.text, "<html" in dialog.text) == (True, False), action.name
        assert "1 selected product" in words(dialog.text), action.name


def test_nothing_selected_is_said_and_an_unknown_action_is_not_found(editor: Browser) -> None:
    nothing = editor.get("/admin/edits/new?action=retire")
    assert (nothing.status_code, "Select at least one product first." in nothing.text) == (422, True)
    assert editor.get("/admin/edits/new?ids=1&action=explode").status_code == 404


def test_rows_that_are_set_aside_tell_why(viewer: Browser) -> None:
    shelf(1)
    shelf(1, currency="USD")
    plan = planned("price_set", {"currency": "SAR", "amount": "12"})

    page = words(viewer.get(f"/admin/edits/{plan.id}?kind=rejected").text)

    assert "Set aside 1" in page
    assert "Currency : Its price is in USD." in page
    assert viewer.get(f"/admin/edits/{plan.id}?kind=stolen").status_code == 404


def test_where_a_product_is_used_is_listed_before_it_is_retired(app: Flask, editor: Browser) -> None:
    class Campaigns:
        def usages_of_many(self, product_ids: Collection[int]) -> Usages:
            return dict.fromkeys(product_ids, (Usage("campaign", "Eid Travel", "/campaigns/1", "would stop"),))

    provide(app, UsageSource, Campaigns())
    shelf(1)
    plan = planned("retire", {})

    page = words(editor.get(f"/admin/edits/{plan.id}").text)

    assert ("Used by" in page, "Eid Travel would stop" in page) == (True, True)


def test_a_plan_that_no_longer_fits_offers_to_plan_again_with_one_button(editor: Browser, work: Work) -> None:
    first, _ = shelf(2)
    plan = planned("category", {"category": "Data"}, actor=EDITOR)
    edited(first, {"category": "Voice"})

    page = words(editor.get(f"/admin/edits/{plan.id}").text)
    assert "1 product changed since this plan was made." in page
    assert ("Apply 2 changes" in page, "Plan again" in page) == (False, True)

    again = editor.send(f"/admin/edits/{plan.id}/replan")
    work()

    assert "Apply 2 changes" in editor.get(again.headers["Location"]).text


def test_an_approver_applies_what_is_held_and_an_editor_may_not(
    app: Flask, editor: Browser, approver: Browser, work: Work
) -> None:
    shelf(1001)
    plan = planned("category", {"category": "Data"}, actor=EDITOR)
    page = f"/admin/edits/{plan.id}"

    seen = words(editor.get(page).text)
    assert "It changes 1,001 products, and an editor may change up to 1,000 at once." in seen
    assert "Approve and apply" not in seen
    assert editor.send(f"{page}/apply").status_code == 403
    assert editor.send(f"{page}/reject").status_code == 403
    assert "Approve and apply" in approver.get(page).text

    approver.send(f"{page}/apply")
    work()

    with app.app_context():
        assert EditService().get(plan.id).status == "applied"
    assert "Undo edit" in editor.get(page).text, "it was the editor's own"


def test_a_viewer_sees_plans_and_decides_nothing_and_an_editor_undoes_only_their_own(
    viewer: Browser, editor: Browser
) -> None:
    shelf(1)
    plan = applied(planned("category", {"category": "Data"}, actor="user:somebody@operator.example"))
    page = f"/admin/edits/{plan.id}"

    assert "Applied by" in viewer.get(page).text
    for browser in (viewer, editor):
        assert "Undo edit" not in browser.get(page).text
        assert browser.send(f"{page}/undo").status_code == 403
    for path in ("/admin/edits/new", "/admin/edits/", f"{page}/apply", f"{page}/cancel", f"{page}/replan"):
        assert viewer.send(path, ids="1", action="retire").status_code == 403, path
    assert viewer.get("/admin/edits/new?ids=1&action=retire").status_code == 403


def test_the_list_tells_how_each_plan_stands(viewer: Browser) -> None:
    assert "No edits of many products yet" in viewer.get("/admin/edits/").text
    shelf(2)
    planned("category", {"category": "Data"})
    applied(planned("category", {"category": "Voice"}))

    both = words(viewer.get("/admin/edits/").text)
    applied_only = words(viewer.get("/admin/edits/?status=applied").text)

    assert (both.count("#1 "), both.count("#2 ")) == (1, 1)
    assert ("#1 " in applied_only, "#2 " in applied_only) == (False, True)
    assert "No edit matches" in viewer.get("/admin/edits/?status=failed").text


@pytest.mark.usefixtures("work")
def test_an_edit_is_cancelled_while_it_waits(app: Flask) -> None:
    editor = signed_in_as(app, "editor")
    number = str(shelf(1)[0])
    page = editor.send("/admin/edits/", ids=number, action="retire", reason="").headers["Location"]

    editor.send(f"{page}/cancel")

    assert "nothing of it was written" in editor.get(page).text
    assert editor.send(f"{page}/cancel").status_code == 409
    with app.app_context():
        assert db.session.get_one(EditPlan, 1).status == "cancelled"
