"""What the planner makes of proposals that are no bulk action: products to make, values to set, the same product twice."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.wiring import provide
from catalog_app.edits.models import EditPlan
from catalog_app.edits.proposals import Proposal, ProposalSource, Proposed, Refusal
from catalog_app.edits.service import EditService
from catalog_app.products.bulk_edits import BulkItem
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.edits.conftest import LINA, OMAR, applied, changes_of, edited, product, shelf, undone

Items = Sequence[Proposal | Refusal]


class Told:
    """Proposes what the test says."""

    kind = "told"

    def __init__(self) -> None:
        self.items: Items = ()

    def propose(self, request: Mapping[str, Any]) -> Proposed:
        return Proposed(iter(self.items), request.get("total"))


@pytest.fixture
def told(app: Flask) -> Told:
    source = Told()
    provide(app, ProposalSource, source)
    return source


def made_of(told: Told, *items: Proposal | Refusal) -> EditPlan:
    told.items = items
    edits = EditService()
    return edits.execute(edits.request(kind=told.kind, title="Told", request={}, actor=LINA, enqueue=False).id)


def a_row(line: int, /, **told: Any) -> Proposal:
    """Return a row of a file; `product_id` and `version` find a product, everything else is a value."""
    values = {name: value for name, value in told.items() if name not in ("product_id", "version")}
    item = BulkItem("patch", values, told.get("product_id"), told.get("version"))
    return Proposal(line, item, sets=True, sent={name: str(value) for name, value in values.items()})


def why(plan: EditPlan) -> list[tuple[int | None, str | None, str | None]]:
    return [(row.line, row.field, row.reason) for row in changes_of(plan, "rejected")]


def test_a_row_changes_the_product_of_its_identity_and_makes_the_one_that_is_not_there(told: Told) -> None:
    (number,) = shelf(1, system="xiva", features={"data_mb": 5, "sms_count": 1}, category="Data")
    key = {"external_system": "xiva", "external_product_id": product(number).external_product_id}

    plan = made_of(
        told,
        a_row(2, **key, features={"data_mb": 9}, category=None),
        a_row(3, external_system="xiva", external_product_id="NEW", name="New", product_type="data"),
        a_row(4, name="Nobody's", product_type="voice", target_segments=["new-segment"]),
    )

    assert (plan.created, plan.updated, plan.rejected) == (2, 1, 0)
    applied(plan)
    assert (product(number).features, product(number).category) == ({"data_mb": 9}, None), "a value is a whole value"
    assert product(number).name == "Product 0", "what is not said stays"
    made = ProductCatalogService().by_identity("xiva", "NEW")
    assert made is not None
    assert (made.version, made.created_by, made.last_synced, made.source_hash) == (1, LINA, None, None)
    numbers = [row.product_id for row in changes_of(plan, "create")]
    assert made.id == numbers[0]

    undone(plan)

    assert [product(each).deleted_at is not None for each in numbers if each] == [True, True]
    assert product(number).features == {"data_mb": 5, "sms_count": 1}


def test_what_cannot_be_is_set_aside_with_its_line_field_and_reason(told: Told) -> None:
    first, second = shelf(2)
    edited(second, {"category": "Moved"})

    plan = made_of(
        told,
        a_row(2, product_id=first, price="free"),
        a_row(3, product_id=999, price="1"),
        a_row(4, external_system="nowhere", external_product_id="X", name="X", product_type="data"),
        a_row(5, external_product_id="Y", name="Y"),
        a_row(6, product_id=second, version=1, category="Data"),
        a_row(7, product_id=second, version=1, category="Moved"),
        a_row(8, product_id=first, members=[{"product": 998}]),
        Refusal(9, "Z", "price", "'x' is not an amount", sent={"price": "x"}),
    )

    assert [(line, field) for line, field, _ in why(plan)] == [
        (2, "price"),
        (3, None),
        (4, "external_system"),
        (5, "product_type"),
        (6, None),
        (9, "price"),
        (8, "members"),
    ]
    assert (plan.unchanged, plan.found) == (1, 8), "a version counts only where something differs"
    assert changes_of(plan, "rejected")[0].sent == {"price": "free"}


def test_the_second_row_of_a_product_is_set_aside_with_the_line_of_the_first(told: Told) -> None:
    (number,) = shelf(1)
    new = {"external_product_id": "N", "name": "New", "product_type": "data"}

    plan = made_of(told, a_row(2, product_id=number, category="A"), a_row(3, product_id=number, category="B"),
                   a_row(4, **new), a_row(5, **new))  # fmt: skip

    assert (plan.created, plan.updated) == (1, 1)
    assert [(line, reason) for line, _, reason in why(plan)] == [
        (3, "This product stands in line 2 already."),
        (5, "This product stands in line 4 already."),
    ]


def test_a_product_that_somebody_makes_meanwhile_stops_the_plan(told: Told) -> None:
    new = {"external_product_id": "N", "name": "New", "product_type": "data"}
    plan = made_of(told, a_row(2, **new))
    ProductCatalogService().create(dict(new), actor=OMAR)

    refused = applied(plan)

    assert (refused.status, refused.error) == (
        "planned", "A product that was to be created was created by somebody else."
    )  # fmt: skip


def test_an_identity_that_was_deleted_is_free_again_after_thirty_days_only(told: Told) -> None:
    (number,) = shelf(1, category="Old")
    row = a_row(2, external_product_id=product(number).external_product_id, name="Again", product_type="voice")
    ProductCatalogService().delete(number, expected_version=None, actor=OMAR)
    assert why(made_of(told, row)) == [
        (2, "external_product_id", f"It was deleted, as number {number}; restore it instead.")
    ]
    with writing() as session:
        long_ago = utcnow() - timedelta(days=31)
        session.execute(update(Product).where(Product.id == number).values(deleted_at=long_ago))

    applied(made_of(told, row))

    again = product(number)
    assert (again.name, again.category, again.deleted_at, again.version) == ("Again", None, None, 3)


def test_a_request_that_cannot_be_followed_fails_with_its_reason(app: Flask) -> None:
    edits = EditService()
    plan = edits.request(kind="bulk", title="?", request={"action": "explode", "ids": [1]}, actor=LINA, enqueue=False)

    assert edits.execute(plan.id).status == "failed"
    assert edits.get(plan.id).error == "There is no such action on products."
