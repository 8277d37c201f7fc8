"""Where products are used: live campaigns keep them from being deleted, and are named before they go."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event

from catalog_app.campaigns.checking import NotReadyError
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError, ConflictError, RuleError
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.usage import forbidding_many, usages_of, usages_of_many
from tests.campaigns.factories import OPERATOR, drafted, offered, running
from tests.support.api import Program

pytestmark = pytest.mark.usefixtures("app")


def test_a_product_that_a_live_campaign_uses_is_not_deleted_and_the_campaign_is_named(api: Program) -> None:
    product = offered()
    campaign = running(product, name="Year-end")

    refused = api.send("DELETE", f"/products/{product.id}/")

    assert refused.status_code == 409
    assert "Year-end" in refused.json["detail"]
    CampaignService().complete(campaign.id, actor=OPERATOR)
    assert api.send("DELETE", f"/products/{product.id}/").status_code == 204


def test_a_candidate_is_used_as_much_as_a_product_and_a_draft_uses_nothing() -> None:
    first, second, third = offered(), offered(), offered()
    running(use_nbo=True, candidates=[first.id, second.id], name="Best of two")
    drafted(third)

    assert [usage.name for usage in usages_of(second.id)] == ["Best of two"]
    assert usages_of(third.id) == ()
    with pytest.raises(ConflictError, match="Best of two"):
        ProductCatalogService().delete(first.id, expected_version=None, actor=OPERATOR)


def test_many_products_are_asked_for_at_once() -> None:
    products = [offered(name=f"Plan {number}") for number in range(30)]
    for product in products[:20]:
        running(product, name=f"Of {product.name}")
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    found = forbidding_many([product.id for product in products])

    assert len([statement for statement in asked if "FROM campaign" in statement]) == 1
    assert {usage.name for usages in found.values() for usage in usages} == {f"Of Plan {n}" for n in range(20)}
    assert forbidding_many(range(1, 2000)) == found
    assert usages_of_many([]) == {}


def test_a_campaign_is_not_activated_for_a_product_that_was_deleted_meanwhile() -> None:
    product = offered()
    campaign = drafted(product)
    ProductCatalogService().delete(product.id, expected_version=None, actor=OPERATOR)

    with pytest.raises(NotReadyError):
        CampaignService().activate(campaign.id, actor=OPERATOR)
    with pytest.raises(RuleError, match="product_id"):
        drafted(product)


def test_of_a_deletion_and_an_activation_at_the_same_moment_one_is_refused(app: Flask) -> None:
    for _ in range(10):
        product = offered()
        campaign = drafted(product)
        db.session.remove()
        delete = partial(ProductCatalogService().delete, product.id, expected_version=None, actor="a")
        activate = partial(CampaignService().activate, campaign.id, actor="b")

        assert len(refused_at_once(app, delete, activate)) == 1


def refused_at_once(app: Flask, *steps: Callable[[], object]) -> list[str]:
    """Let each step be done by a thread of its own, all at the same moment; return the errors."""
    begin, refused = threading.Barrier(len(steps)), list[str]()

    def carry(step: Callable[[], object]) -> None:
        with app.app_context():
            begin.wait()
            try:
                step()
            except CatalogError as error:
                refused.append(type(error).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=carry, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused
