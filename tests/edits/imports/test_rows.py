"""The rows of a file as proposals: which product each is about, what it says of it, and what is wrong with it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog_app.core.db import writing
from catalog_app.core.errors import RuleError
from catalog_app.edits.imports.columns import checked
from catalog_app.edits.models import APPLIED, FAILED
from catalog_app.edits.service import EditService
from catalog_app.products.models import Segment
from tests.edits.imports.conftest import OMAR, Imports, csv_of

Make = Callable[..., int]


def test_three_bad_rows_among_good_ones_are_named_and_stop_no_other(imports: Imports, make: Make) -> None:
    make(name="One", external_product_id="A-1", price="5", currency="SAR")
    content = csv_of(
        "System,External id,Name,Type,Price,Currency,Note",
        "xiva,A-1,One,Data,7.50,SAR,x",
        "xiva,A-2,Two,Data,free,SAR,x",
        "xiva,A-3,Three,Phone,,,",
        "xiva,A-4,Four,Add-on,3,SAR,",
        "xiva,A-5,Five,Data,1,SAR,extra,cell",
        "xiva,A-6,Six,voice,1,SAR,",
    )

    plan = imports.applied(content)

    assert (plan.status, plan.created, plan.updated, plan.rejected) == (APPLIED, 2, 1, 3)
    told = [
        (change.line, change.field, (change.sent or {}).get(change.field or "")) for change in imports.rejected(plan)
    ]
    assert told == [(3, "price", "free"), (4, "product_type", "Phone"), (6, None, None)]
    assert [product.name for product in imports.all()] == ["One", "Four", "Six"]
    assert imports.all()[0].price == Decimal("7.5")


def test_a_row_finds_its_product_by_number_then_by_identity_and_is_new_without_either(
    imports: Imports, make: Make
) -> None:
    by_number, by_identity = make(name="First"), make(name="Second", external_product_id="A-2")

    plan = imports.applied(
        csv_of(
            "id,external_system,external_product_id,name,product_type",
            f"#{by_number},,,New first,",
            ",xiva,A-2,New second,",
            ",,,Third,data",
        )
    )

    assert (plan.updated, plan.created, plan.rejected) == (2, 1, 0)
    assert [imports.product(number).name for number in (by_number, by_identity)] == ["New first", "New second"]
    assert (imports.all()[2].external_system, imports.all()[2].name) == ("manual", "Third")


def test_an_empty_cell_says_nothing_and_a_dash_empties_the_field(imports: Imports, make: Make) -> None:
    number = make(
        name="-", category="Old", short_name="Old", price="5", currency="SAR", tax_included=False, channels=["sms"]
    )

    imports.applied(csv_of("id,name,category,short_name,price,tax_included,channels", f"{number},'-,-,,-,-,-"))

    product = imports.product(number)
    assert (product.name, product.category, product.short_name, product.price) == ("-", None, "Old", None)
    assert (product.tax_included, product.channels) == (True, [])


def test_a_cell_is_the_whole_value_of_its_field(imports: Imports, make: Make) -> None:
    number = make(features={"data_mb": 5, "colour": "red"}, target_segments=["family"])
    with writing() as session:
        session.add_all([Segment(key="high-value", label="High value"), Segment(key="family", label="Family")])

    imports.applied(
        csv_of(
            "id,features,segments", f'{number},"Data: unlimited; roaming_zones=EU, US","High Value; family; new-one"'
        )
    )

    product = imports.product(number)
    assert product.features == {"data_mb": "unlimited", "roaming_zones": ["EU", "US"]}
    assert product.target_segments == ["high-value", "family", "new-one"]


def test_short_forms_stand_for_prices_members_and_relations(imports: Imports, make: Make) -> None:
    number = make()
    other = make()
    prices = "Activation SAR 50.00 once; SAR 0.25 per use; Ramadan offer SAR -5 / month"

    imports.applied(
        csv_of("id,prices,members,relations", f"{number},{prices},crm:P-1 x 2; #{other},requires xiva:PO-X")
    )

    product = imports.product(number)
    assert [
        (price["name"], price["price_type"], price["amount"], price["billing_cycle"]) for price in product.prices
    ] == [
        ("Activation", "one_time", "50.00", "one_time"),
        (None, "usage", "0.25", "one_time"),
        ("Ramadan offer", "discount", "-5.00", "monthly"),
    ]
    assert [(member["product"], member["default"]) for member in product.members] == [(["crm", "P-1"], 2), (other, 1)]
    assert product.relations == [{"relation": "requires", "product": ["xiva", "PO-X"]}]


def test_semicolons_bring_decimal_commas_and_dates_are_read_as_people_write_them(imports: Imports, make: Make) -> None:
    number = make(price="1", currency="SAR")

    imports.applied(csv_of("id;price;start;end", f"{number};1234,50;01.05.2026;2026-12-31 23:59"))

    product = imports.product(number)
    assert product.price == Decimal("1234.50")
    assert (product.valid_from, product.valid_to) == (
        datetime(2026, 5, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    )


UNREADABLE = (
    ("price", '"1,234.50"', "digits"),
    ("valid_from", "20260501", "Write a date as"),
    ("valid_from", "05/01/2026", "Write a date as"),
    ("valid_from", "2026-02-30", "no such day"),
    ("is_available", "maybe", "yes or no"),
    ("features", "just words", "a name and a value"),
    ("prices", "SAR fifty", "an amount and a period"),
    ("eligibility_rule", "age over 18", "JSON"),
    ("translations", "{broken", "not JSON"),
    ("relations", "likes #1", "Begin"),
    ("target_segments", "Not A Segment", "segment key"),
    ("version", "0", "whole number"),
    ("external_system", "nowhere", "identity"),
    ("id", "one", "whole number"),
)


def test_what_cannot_be_read_is_told_with_its_line_and_field(imports: Imports, make: Make) -> None:
    columns = list(dict.fromkeys(["id", *(column for column, _, _ in UNREADABLE)]))
    rows = [{"id": str(make()), column: cell} for column, cell, _ in UNREADABLE]
    lines = [",".join(row.get(column, "") for column in columns) for row in rows]

    told = imports.rejected(imports.plan(csv_of(",".join(columns), *lines)))

    found = [(change.line, (change.field or "").partition(".")[0]) for change in told]
    assert found == [(line, column) for line, (column, _, _) in enumerate(UNREADABLE, start=2)]
    assert [
        words for change, (_, _, words) in zip(told, UNREADABLE, strict=True) if words not in (change.reason or "")
    ] == []


def test_a_row_that_was_exported_before_somebody_else_changed_the_product_is_refused(
    imports: Imports, make: Make
) -> None:
    number = make(name="Plan", category="Old")
    content = imports.export("csv", ("id", "name", "category", "version"))
    imports.applied(csv_of("id,category", f"{number},New"))

    assert imports.plan(content.replace(b"Plan", b"Other plan")).rejected == 1
    assert imports.plan(csv_of("id,category,version", f"{number},New,1")).unchanged == 1


def test_a_number_that_is_another_product_here_changes_nothing(imports: Imports, make: Make) -> None:
    number = make(external_product_id="A-1")

    plan = imports.plan(
        csv_of("id,external_system,external_product_id,name", f"{number},xiva,B-9,Stolen", "999999,,,Nobody")
    )

    assert (plan.size, plan.rejected) == (0, 2)


def test_what_an_import_changed_is_taken_back(imports: Imports, make: Make) -> None:
    number = make(name="Before")
    plan = imports.applied(csv_of("id,name,type", f"{number},After,", ",Brand new,data"))
    service = EditService()

    service.request_undo(plan.id, actor=OMAR, enqueue=False)
    service.execute(plan.id)

    assert imports.product(number).name == "Before"
    assert [product.deleted_at is None for product in imports.all()] == [True, False]


def test_a_file_that_breaks_off_fails_as_a_whole(imports: Imports, make: Make) -> None:
    number = make(name="Before")

    plan = imports.plan(csv_of("id,name", f"{number},After", "8,B", "9,C", '2,"open'))

    assert (plan.status, plan.size) == (FAILED, 0)
    assert "Line 5" in (plan.error or "")
    assert imports.product(number).name == "Before"


def test_null_in_ndjson_empties_and_a_dash_is_a_dash(imports: Imports, make: Make) -> None:
    number = make(category="Old", short_name="Old")

    imports.applied(b'{"id": %d, "category": null, "short_name": "-"}\n' % number)

    product = imports.product(number)
    assert (product.category, product.short_name) == (None, "-")


HOSTILE_LINES = (
    b'{"id": "1", "name": "A"}',
    b'{"id": true, "name": "A"}',
    b'{"id": 1e400, "name": "A"}',
    b'{"name": "\\u0000"}',
    b'{"name": "\\ud800"}',
    b'{"external_product_id": {"a": 1}, "name": "A"}',
    b"[]",
    b'{"name": NaN}',
)


def test_hostile_lines_of_ndjson_are_set_aside(imports: Imports) -> None:
    fields = ("id", "name", "product_type", "external_product_id")
    content = b"\n".join([b'{"name": "Good", "product_type": "data"}', *HOSTILE_LINES])

    plan = imports.plan(content, columns={field: field for field in fields})

    assert (plan.status, plan.created) == ("planned", 1)
    assert [change.line for change in imports.rejected(plan)] == list(range(2, 2 + len(HOSTILE_LINES)))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": "name", "b": "name"}, "Two columns"),
        ({"a": "id"}, "at least one column"),
        ({"a": "price"}, "which product"),
        ({"a": "source_values"}, "no field"),
        ({}, "at least one column"),
    ],
)
def test_columns_that_make_no_plan_are_refused(columns: dict[str, str], words: str) -> None:
    with pytest.raises(RuleError, match=words):
        checked(columns, ["a", "b"])
