"""What is left of a quota, and what is kept beside the product while promises take from it."""

from collections.abc import Callable

import pytest
from flask import Flask

from catalog_app.core.db import db, writing
from catalog_app.products import quota
from catalog_app.products.counters import recount
from catalog_app.products.models import Product
from catalog_app.products.reads import catalogue_version, documents
from catalog_app.products.reads.models import ProductDocument
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import offered


def left(product: Product) -> int | None:
    """Return what is left, which the list of products shows alike."""
    session = db.session()
    stands = session.get_one(Product, product.id, populate_existing=True)
    shown = session.get_one(ProductDocument, product.id, populate_existing=True)
    assert shown.quota_left == stands.quota_left
    assert (stands.version, shown.version) == (product.version, product.version), "a promise is no edit"
    assert list(recount.faults(session.connection())) == []
    return stands.quota_left


def do(act: Callable[..., object], product: Product, count: int) -> object:
    with writing() as session:
        return act(session, product.id, count)


def test_what_is_taken_is_at_most_what_is_left(app: Flask) -> None:
    product = offered(quota_total=10)

    assert [do(quota.take, product, count) for count in (4, 4, 4, 1)] == [4, 4, 2, 0]
    assert left(product) == 0


@pytest.mark.parametrize("status", ["launched", "suspended"])
def test_the_counts_are_right_when_the_last_one_is_taken_and_given_back(app: Flask, status: str) -> None:
    product = offered(quota_total=2, lifecycle_status=status)

    do(quota.take, product, 2)
    assert left(product) == 0
    do(quota.give_back, product, 1)
    assert left(product) == 1


def test_what_is_given_back_can_be_taken_again_and_never_exceeds_the_quota(app: Flask) -> None:
    product = offered(quota_total=3)
    do(quota.take, product, 3)

    do(quota.give_back, product, 2)
    assert left(product) == 2
    do(quota.give_back, product, 5)
    assert left(product) == 3


def test_a_product_without_a_quota_has_any_number(app: Flask) -> None:
    product = offered()

    assert do(quota.take, product, 1000) == 1000
    do(quota.give_back, product, 5)
    assert left(product) is None


def test_whoever_holds_a_list_of_products_learns_that_a_quota_fell(app: Flask) -> None:
    product = offered(quota_total=10)
    session = db.session()
    before = session.connection().exec_driver_sql(catalogue_version.READ).scalar_one()
    do(quota.take, product, 1)

    assert db.session().connection().exec_driver_sql(catalogue_version.READ).scalar_one() > before


def test_an_edit_keeps_what_was_promised(app: Flask) -> None:
    product = offered(quota_total=10)
    do(quota.take, product, 4)

    changed = ProductCatalogService().patch(product.id, {"quota_total": 6}, expected_version=None, actor="tests")

    assert left(changed) == 2


@pytest.mark.parametrize("taken", [1, 10])
def test_what_a_sync_notes_of_a_product_does_not_bring_back_what_was_promised_meanwhile(app: Flask, taken: int) -> None:
    product = offered(quota_total=10)
    prepared = documents.row_of(db.session().get_one(Product, product.id))
    do(quota.take, product, taken)
    with writing() as session:
        documents.renew(session.connection(), [prepared])

    assert left(product) == 10 - taken
