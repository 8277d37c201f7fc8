"""The compiled catalogue follows what is written, whoever writes it, and reads again only what changed."""

from collections.abc import Iterator

import pytest
from flask import Flask

from catalog_app.core.db import db, writing
from catalog_app.core.read_connections import read_connections
from catalog_app.products import quota
from catalog_app.products.masks.compiled import Compiled
from catalog_app.products.masks.keeping import CompiledCatalogue
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService


@pytest.fixture
def kept(app: Flask) -> Iterator[CompiledCatalogue]:  # it works in the application's context
    yield CompiledCatalogue()
    db.session.remove()


def at(kept: CompiledCatalogue) -> Compiled:
    return read_connections().read(kept.at)


def made(name: str, **values: object) -> int:
    product = {"name": name, "product_type": "data", "lifecycle_status": "launched", **values}
    return ProductCatalogService().create(product, actor="tests").id


def test_what_stands_is_the_same_object_and_what_changed_is_read_again(kept: CompiledCatalogue) -> None:
    service = ProductCatalogService()
    one, two = made("One"), made("Two", quota_total=5)
    made("Draft", lifecycle_status="in_design")
    with writing() as session:
        session.get_one(Product, two).quota_left = 5
    first = at(kept)
    assert at(kept) is first
    assert first.ids.tolist() == [one, two]

    service.patch(one, {"name": "One and only"}, expected_version=None, actor="tests")
    three = made("Three", relations=[{"relation": "requires", "product": ["xiva", "PO-9"]}])
    second = at(kept)
    assert [card.name for card in second.cards] == ["One and only", "Two", "Three"]
    assert second.cards[1] is first.cards[1]
    assert second.targets == {("xiva", "PO-9"): None}

    with writing() as session:
        assert quota.take(session, two, 5) == 5
    nine = made("Nine", external_system="xiva", external_product_id="PO-9", lifecycle_status="retired")
    third = at(kept)
    assert third.cards[1].quota_left == 0
    assert third.cards[0] is second.cards[0]
    # What a relation names is known once it is there, launched or not.
    assert third.targets == {("xiva", "PO-9"): (nine, ("xiva", "PO-9"))}

    service.delete(one, expected_version=None, actor="tests")
    assert at(kept).ids.tolist() == [two, three]
    service.restore(one, actor="tests")
    assert at(kept).ids.tolist() == [one, two, three]
