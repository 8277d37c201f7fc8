"""Products that name a product: however they name it, and nothing else, without forbidding that it is deleted."""

from collections.abc import Iterator

import pytest
from flask import Flask

from catalog_app.core.db import writing
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.usage import forbidding, usages_of
from tests.products.factories import saved


@pytest.fixture
def sim(app: Flask) -> Iterator[Product]:
    with app.test_request_context():
        with writing() as session:
            made = saved(session, name="SIM", external_product_id='SIM "1" \N{SNOWMAN}')
        yield made


def test_a_product_is_found_by_number_by_id_and_by_both_but_not_by_the_like_of_them(sim: Product) -> None:
    with writing() as session:
        other = saved(session, external_system="crm", external_product_id=sim.external_product_id)
        number, external_id, system = sim.id, sim.external_product_id, sim.external_system
        for name, named in (
            ("By number", number),
            ("By id", external_id),
            ("By both", [system, external_id]),
            ("Longer number", int(f"{number}0")),
            ("Number as text", str(number)),
            ("Longer id", external_id + "0"),
            ("Another system", ["crm", external_id]),
            ("The other way round", [external_id, system]),
            ("How many", other.id),
        ):
            saved(session, name=name, members=[{"product": named, "max": number}])
        saved(session, name="Same id elsewhere", external_system="crm", members=[{"product": external_id}])

    assert [usage.name for usage in usages_of(sim.id)] == ["By both", "By id", "By number"]
    assert {usage.name for usage in usages_of(other.id)} == {"Another system", "How many", "Same id elsewhere"}


def test_each_says_how_it_names_the_product_and_whether_it_is_sold_and_those_at_their_end_are_left_out(
    sim: Product,
) -> None:
    with writing() as session:
        ways = ("requires", "excludes", "optional_for", "replaced_by")
        saved(session, name="B", relations=[{"relation": way, "product": sim.id} for way in ways])
        saved(session, name="A", lifecycle_status="retired", members=[{"product": sim.id}, {"product": sim.id}])
        saved(session, name="C", lifecycle_status="obsolete", members=[{"product": sim.id}])

    assert [(usage.name, usage.consequence) for usage in usages_of(sim.id)] == [
        ("B", "Requires it, active: sold only to those who have it"),
        ("B", "Excludes it, active: not sold to those who have it"),
        ("B", "Option of it, active: stays on sale"),
        ("B", "Replaced by it, active: stays on sale"),
        ("A", "Bundle, not on sale: Retired"),
    ]


def test_what_only_names_a_product_does_not_keep_it_from_being_deleted(sim: Product) -> None:
    with writing() as session:
        bundle = saved(session, name="Bundle", members=[{"product": sim.id}])
    catalog = ProductCatalogService()

    assert (len(usages_of(sim.id)), forbidding(sim.id)) == (1, ())
    catalog.delete(sim.id, expected_version=None, actor="tests")
    catalog.delete(bundle.id, expected_version=None, actor="tests")
    assert usages_of(sim.id) == ()
