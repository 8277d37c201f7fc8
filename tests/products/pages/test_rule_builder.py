"""The rule builder and the product picker of the form: every button works without JavaScript, and nothing typed is lost."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from catalog_app.products.models import Product
from catalog_app.products.samples.service import SampleInput, keep
from tests.products.pages.conftest import MakeProduct
from tests.products.pages.test_customers import said
from tests.products.pages.typed import Fields, untouched
from tests.support.clients import Browser

Stored = Callable[[int], Product]


class Form:
    """The form of one product, as somebody without JavaScript uses it."""

    def __init__(self, browser: Browser, product_id: int) -> None:
        self._browser, self.address = browser, f"/admin/products/{product_id}"
        self.page = browser.get(f"{self.address}/edit").text
        self.fields: Fields = untouched(self.page, self.address)

    def press(self, name: str, value: str) -> None:
        self._show(self._browser.post(self.address, data=self.fields | {name: [value]}).text)

    def type(self, **fields: str) -> None:
        self.fields |= {name.replace("__", "-"): [value] for name, value in fields.items()}

    def save(self) -> int:
        answer = self._browser.post(self.address, data=self.fields)
        if answer.status_code != 303:
            self._show(answer.text)
        return answer.status_code

    def _show(self, page: str) -> None:
        self.page, self.fields = page, untouched(page, self.address)


def test_a_rule_with_groups_is_built_row_by_row_and_read_back_as_a_sentence(
    app: Flask, editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    with app.app_context():
        keep(SampleInput.check("Omar", {"tenure_months": 2}), owner="user:editor@operator.example")
    product_id = make()
    form = Form(editor, product_id)
    form.press("add_row", "conditions")
    form.type(conditions__0__attribute="Tenure", conditions__0__operator="gte", conditions__0__operand="6")
    form.press("add_row", "groups")
    form.type(groups__0__match="any")
    form.type(
        groups__0__conditions__0__attribute="city",
        groups__0__conditions__0__operator="in",
        groups__0__conditions__0__operand="Riyadh, Jeddah",
    )
    form.press("add_row", "groups-0-conditions")
    form.type(groups__0__conditions__1__attribute="age", groups__0__conditions__1__operator="lt")
    form.type(groups__0__conditions__1__operand="26")
    form.press("look_up", "rule")

    assert "Tenure is at least 6 months and (City is one of Riyadh, Jeddah or Age is below 26 years)" in said(form.page)
    assert "Omar does not match Tenure is 2 months, must be at least 6 months" in said(form.page)
    assert form.save() == 303
    assert stored(product_id).eligibility_rule == {
        "all": [
            {"attribute": "tenure_months", "operator": "gte", "value": 6},
            {
                "any": [
                    {"attribute": "city", "operator": "in", "value": ["Riyadh", "Jeddah"]},
                    {"attribute": "age", "operator": "lt", "value": 26},
                ]
            },
        ]
    }
    form = Form(editor, product_id)
    form.press("remove_row", "groups-0-conditions-0")
    form.press("remove_row", "conditions-0")
    assert form.save() == 303
    assert stored(product_id).eligibility_rule == {
        "all": [{"any": [{"attribute": "age", "operator": "lt", "value": 26}]}]
    }


def test_a_rule_with_groups_inside_groups_says_why_it_is_json_and_the_rows_show_it_once_it_is_flatter(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    old, rich = ({"attribute": name, "operator": "gte", "value": 18} for name in ("age", "customer_value"))
    product_id = make(eligibility_rule={"all": [{"any": [{"not": [old]}, rich]}]})
    form = Form(editor, product_id)
    assert "rows can show groups, but no groups inside groups" in said(form.page)
    assert "conditions-0-attribute" not in form.fields
    form.press("look_up", "rows")
    assert form.save() == 303
    assert stored(product_id).eligibility_rule == {"all": [{"any": [{"not": [old]}, rich]}]}

    form = Form(editor, product_id)
    form.type(rule_json=json.dumps({"any": [rich, {"not": [old]}]}))
    form.press("look_up", "rows")

    assert (form.fields["conditions-0-attribute"], form.fields["rule_json"]) == (["Customer value"], [""])
    assert form.fields["groups-0-conditions-0-attribute"] == ["Age"]
    assert form.save() == 303
    assert stored(product_id).eligibility_rule == {"any": [rich, {"not": [old]}]}


def test_the_operators_are_those_of_the_kind_of_the_attribute(editor: Browser, make: MakeProduct) -> None:
    rule = {
        "all": [
            {"attribute": "age", "operator": "gte", "value": 18},
            {"attribute": "segments", "operator": "contains", "value": "vip"},
            {"attribute": "has_fibre", "operator": "eq", "value": True},
        ]
    }
    page = Form(editor, make(eligibility_rule=rule)).page

    def operators(number: int) -> str:
        return page.partition(f'name="conditions-{number}-operator"')[2].partition("</select>")[0]

    assert ("is at least" in operators(0), "contains" in operators(0)) == (True, False)
    assert ("is at least" in operators(1), "contains" in operators(1)) == (False, True)
    assert "is below" not in operators(2)


def test_a_rule_that_is_wrong_says_so_beside_it_while_it_is_typed(editor: Browser, make: MakeProduct) -> None:
    form = Form(editor, make())
    form.press("add_row", "conditions")
    form.type(conditions__0__attribute="age", conditions__0__operator="gte", conditions__0__operand="old")
    preview = editor.post("/admin/products/rule", data=form.fields, headers={"HX-Request": "true"})
    assert preview.status_code == 200
    assert "takes a number, or a date" in preview.text
    assert form.save() == 422
    assert form.fields["conditions-0-operand"] == ["old"]


@pytest.mark.parametrize("named", ["Included data", "PO-77", "xiva:PO-77", "#{id}"])
def test_a_member_is_named_by_its_name_or_by_any_id(
    editor: Browser, make: MakeProduct, stored: Stored, named: str
) -> None:
    member = make(name="Included data", external_product_id="PO-77")
    bundle = make(product_type="bundle")
    form = Form(editor, bundle)
    form.press("add_row", "members")
    form.type(members__0__product=named.format(id=member))
    assert form.save() == 303
    assert [entry["product"] for entry in stored(bundle).members] == [member]


def test_a_member_that_several_products_may_be_is_asked_for_and_chosen(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    twins = [make(name="Twin plan"), make(name="Twin plan")]
    bundle = make(product_type="bundle")
    form = Form(editor, bundle)
    form.press("add_row", "members")
    form.type(members__0__product="twin")
    assert form.save() == 422
    assert "Which one?" in form.page
    form.type(members__0__chosen=f"#{twins[1]}")
    assert form.save() == 303
    assert [entry["product"] for entry in stored(bundle).members] == [twins[1]]


def test_a_product_that_is_not_there_is_refused_unless_it_was_named_before(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    before: list[dict[str, Any]] = [{"relation": "requires", "product": ["crm", "not synced yet"]}]
    product_id = make(relations=before)
    form = Form(editor, product_id)
    form.type(name="New name")
    assert form.save() == 303
    form = Form(editor, product_id)
    form.press("add_row", "relations")
    form.type(relations__1__product="nobody sells this")
    assert form.save() == 422
    assert "No product has this id or name." in form.page
    assert stored(product_id).relations == before


def test_a_currency_may_be_typed_in_small_letters(editor: Browser, make: MakeProduct, stored: Stored) -> None:
    product_id = make()
    form = Form(editor, product_id)
    form.press("add_row", "prices")
    form.type(price="10", currency="sar", prices__0__amount="5", prices__0__currency="usd")
    assert form.save() == 303
    assert (stored(product_id).currency, stored(product_id).prices[0]["currency"]) == ("SAR", "USD")


def test_suggestions_hold_names_and_ids_and_nothing_for_a_single_letter(viewer: Browser, make: MakeProduct) -> None:
    product_id = make(name="Flex <b>30</b>", external_product_id="PO-30")
    found = viewer.get("/admin/products/pick?field=own&own=flex").text
    assert f'value="#{product_id}"' in found
    assert "&lt;b&gt;" in found
    assert viewer.get("/admin/products/pick?field=own&own=f").text.strip() == ""


def test_price_status_and_dates_are_edited_on_the_sheet(editor: Browser, make: MakeProduct) -> None:
    product_id = make(price="10", currency="SAR")
    page = editor.get(f"/admin/products/{product_id}").text
    for cell in ("price", "status", "dates"):
        assert f'hx-get="/admin/products/{product_id}/cell/{cell}"' in page
