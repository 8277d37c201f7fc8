"""The decision log: narrowed by its address, one decision with what became of it, and all of it as a file."""

import csv
import io
import re

from flask import Flask

from catalog_app.core.db import db
from catalog_app.products.models import Product
from catalog_app.recommendations.models import Decision
from scripts.story_models import DECISIONS, Models
from tests.recommendations.pages.test_trying import plain
from tests.support.clients import Browser

LOG = "/admin/recommendations/decisions/"


def numbers(html: str) -> list[str]:
    return re.findall(r'class="row-link num"[^>]*>#([0-9]+)<', html)


def test_each_filter_leaves_what_it_names_and_the_file_holds_the_same(
    viewer: Browser, told: Models, app: Flask
) -> None:
    with app.app_context():
        rows = db.session.query(Decision).all()
        of_bill_day = {str(one.id) for one in rows if one.context == "bill_day"}
        first = next(one for one in rows if one.offers)
        product, customer = first.offers[0]["product_id"], first.customer
        of_product = {str(one.id) for one in rows if product in [offer["product_id"] for offer in one.offers]}
        silent = {str(one.id) for one in rows if one.arm == "silent"}
        name = db.session.get_one(Product, product).name
        db.session.remove()

    def found(query: str) -> set[str]:
        return set(numbers(viewer.get(f"{LOG}?{query}").text))

    assert len(found("")) == min(DECISIONS, 50)
    assert found("context=bill_day") == of_bill_day
    assert found(f"product={name}&context=bill_day") == of_product & of_bill_day
    assert found("arm=silent") == silent
    assert found("channel=sms") == found("until=2001-01-01") == found("basis=value") == set()
    assert found(f"customer={customer}") == {str(first.id)}
    assert found("channel=nonsense&basis=1&since=x&model_version=9999999999999&cursor=x") == found("")

    lines = list(
        csv.DictReader(
            io.StringIO(viewer.get(f"{LOG}export.csv?context=bill_day", buffered=True).text.lstrip("\N{BOM}"))
        )
    )
    assert {line["decision_id"] for line in lines} == of_bill_day
    ranked = [line for line in lines if line["rank"] == "1"]
    assert all(0 < float(line["probability"]) <= 1 for line in ranked)


def test_a_customer_is_found_by_an_id_that_no_address_says(viewer: Browser, told: Models) -> None:
    answer = viewer.send(LOG, customer_id="story-0")
    assert "story-0" not in answer.headers["Location"]
    assert numbers(viewer.get(answer.headers["Location"]).text) == [str(told.decision)]
    assert "Remove filter Customer" in viewer.get(answer.headers["Location"]).text


def test_a_decision_says_how_it_was_made_and_what_became_of_it(viewer: Browser, told: Models, app: Flask) -> None:
    with app.app_context():
        accepted = db.session.query(Decision).filter(Decision.offers != []).order_by(Decision.id).first()
        assert accepted is not None
        number = accepted.id
        db.session.remove()
    said = plain(viewer.get(f"{LOG}{number}").text)
    assert "chosen with probability 0." in said or "chosen with probability 1" in said
    assert "Data used percent" in said
    assert "Shown" in said
    assert "Bill day" in said or "Trip booked" in said or "Context None" in said
    assert viewer.get(f"{LOG}99999").status_code == 404


def test_an_empty_log_says_what_fills_it(viewer: Browser, app: Flask) -> None:
    assert "Nothing was decided yet" in viewer.get(LOG).text
    assert "No decision matches" in viewer.get(f"{LOG}?channel=app").text
    assert "Nothing was decided in this time" in viewer.get("/admin/recommendations/evaluation").text


def test_the_evaluation_values_each_way_to_choose_and_says_what_is_missing(viewer: Browser, told: Models) -> None:
    said = plain(viewer.get("/admin/recommendations/evaluation").text)
    assert "Exploration is off" in said
    assert "What was answered" in said
    assert f"Model {told.model}" in said
    assert "By chance" in said
    assert "Against no offer at all" in said
    assert "SAR per decision" in plain(viewer.get("/admin/recommendations/evaluation?measure=value&days=30").text)


def test_a_product_tells_how_it_is_offered_and_an_editor_sets_its_lever(
    editor: Browser, told: Models, app: Flask
) -> None:
    card = plain(editor.get("/admin/recommendations/of-product/1").text)
    assert "Lever 1.00" in card
    assert re.search(r"of [0-9,]+ decisions", card)
    assert 'hx-get="/admin/recommendations/of-product/1"' in editor.get("/admin/products/1").text
    assert editor.send("/admin/products/1/cell/lever", lever_weight="55").status_code == 303
    assert "Lever 1.55" in plain(editor.get("/admin/recommendations/of-product/1").text)
    refused = editor.send("/admin/products/1/cell/value", business_value="lots")
    assert refused.status_code == 422
