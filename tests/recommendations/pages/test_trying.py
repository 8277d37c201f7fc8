"""Trying a customer shows what would be offered and why, and writes nothing."""

import re

from flask import Flask
from sqlalchemy import func, select

from catalog_app.core.db import db
from catalog_app.products.samples.service import SampleInput, keep
from catalog_app.recommendations.models import Decision
from catalog_app.recommendations.schema import NboSettingsInput
from catalog_app.recommendations.settings import save_settings
from scripts.story_models import Models
from tests.campaigns.factories import offered
from tests.support.clients import Browser

TRY = "/admin/recommendations/"
KNOWN = "customer_value=300&no_segments=1&owns_nothing=1&points=0&fact.data_used_percent=90&channel=app"


def plain(html: str) -> str:
    """Return what a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def offers(html: str) -> list[str]:
    ranked = html.partition('class="data-table ranked"')[2].partition("</table>")[0]
    return re.findall(r'class="row-link"[^>]*><bdi>([^<]+)', ranked)


def test_without_a_model_the_most_valuable_comes_first_and_each_factor_says_so(viewer: Browser, app: Flask) -> None:
    offered(name="Cheap", price="20.00")
    offered(name="Dear", price="199.00")
    offered(name="Youth only", price="500.00", target_segments=["youth"])
    html = viewer.get(f"{TRY}?{KNOWN}").text
    said = plain(html)

    assert offers(html) == ["Dear", "Cheap"]
    assert "2 of 2 eligible" in said
    assert "Basis Value" in said
    assert "Youth only The customer is not in" in said
    assert "1 of 3 candidates" in said
    assert "0 of 500 customers with holdings" in said
    assert 'title="No model says how likely it is, so it counts 1."' in html


def test_a_context_and_a_lever_change_the_order_and_a_switch_takes_them_out(viewer: Browser, app: Flask) -> None:
    offered(name="Data", price="20.00")
    offered(name="Bundle", price="19.00", product_type="bundle", lever_weight=-50)
    contexts = [{"key": "bill_day", "label": "Bill day", "weights": [{"product_type": "bundle", "weight": 4}]}]

    def order(context: str = "") -> list[str]:
        return offers(viewer.get(f"{TRY}?{KNOWN}&context={context}").text)

    def settle(**values: object) -> None:
        save_settings(NboSettingsInput.check({"contexts": contexts, **values}), expected_version=None, actor="tests")
        db.session.remove()

    settle()
    assert order() == ["Data", "Bundle"]
    assert order("bill_day") == ["Bundle", "Data"]
    assert order("unheard-of") == ["Data", "Bundle"]
    settle(use_context=False)
    assert order("bill_day") == ["Data", "Bundle"]


def test_the_code_beside_a_reason_is_that_of_the_check_that_the_sentence_names(viewer: Browser, app: Flask) -> None:
    offered(name="Youth by app", price="20.00", target_segments=["youth"], channels=["app"])
    said = plain(viewer.get(f"{TRY}?{KNOWN.replace('&channel=app', '')}").text)
    assert re.search(r"Youth by app The customer is not in \S+ segments", said)


def test_a_kept_customer_keeps_what_is_known_when_only_the_context_changes(viewer: Browser, app: Flask) -> None:
    offered()
    with app.app_context():
        kept = keep(SampleInput.check("Salma", {"customer_value": "640"}, is_shared=True), owner="user:somebody").id
        db.session.remove()
    assert f'href="{TRY}?customer={kept}"' in viewer.get(TRY).text
    # The features are folded away, so the form must not say that they were filled and emptied.
    assert 'name="of"' not in viewer.get(f"{TRY}?customer={kept}").text
    assert 'name="of"' in viewer.get(f"{TRY}?customer={kept}&edit=1").text


def test_a_model_explains_each_offer_and_names_what_it_was_not_told(viewer: Browser, told: Models, app: Flask) -> None:
    html = viewer.get(f"{TRY}?{KNOWN}&context=bill_day").text
    said = plain(html)

    assert "Basis Full model" in said
    assert f"Model {told.model} In use" in said
    assert re.search(r"Data used percent \+[0-9.]+", said)
    assert "Starting point" in said
    missing, _, unheard = said.partition("it counts as the average")[2].partition("Not offered")[0].partition("Told,")
    assert "Tenure" in missing
    assert "Points" in unheard
    written = db.session.scalar(select(func.count()).select_from(Decision))
    viewer.get(f"{TRY}?{KNOWN}&all=1")
    assert db.session.scalar(select(func.count()).select_from(Decision)) == written


def test_what_an_address_gets_wrong_is_said_beside_its_field(viewer: Browser, app: Flask) -> None:
    offered()
    for query in (
        "customer_value=lots",
        "customer=999",
        "at=never",
        "fact.age=NaN",
        "context=%00",
        "owned=nothing:here",
    ):
        assert viewer.get(f"{TRY}?{query}").status_code == 200
    said = plain(viewer.get(f"{TRY}?customer_value=lots").text)
    assert "Cannot say yet Customer value: Use digits only" in said
    assert "Ranked offers" not in said
