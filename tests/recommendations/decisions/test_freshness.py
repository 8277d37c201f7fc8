"""A product that stops being eligible is in no answer from that moment on, and in no decision written after it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import datetime
from itertools import chain
from threading import Event, Semaphore

import pytest
from flask import Flask
from sqlalchemy import select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products import quota
from catalog_app.products.service import ProductCatalogService
from catalog_app.recommendations import service
from catalog_app.recommendations.decisions import making
from catalog_app.recommendations.decisions.asked import Asked, Decided
from catalog_app.recommendations.models import Decision
from tests.recommendations.decisions.conftest import Make

WORKERS = 3


def withdrawn(product_id: int) -> None:
    ProductCatalogService().patch(product_id, {"is_available": False}, expected_version=None, actor="tests")


def deleted(product_id: int) -> None:
    ProductCatalogService().delete(product_id, expected_version=None, actor="tests")


def used_up(product_id: int) -> None:
    with writing() as session:
        assert quota.take(session, product_id, 1) == 1


def offered(decided: Decided) -> list[int]:
    return [offer.product_id for offer in decided.offers]


@pytest.mark.parametrize("patience", [making.PATIENCE, 0])
def test_no_answer_and_no_decision_offers_what_was_withdrawn_before(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch, patience: int
) -> None:
    # Without patience every decision is made while nothing can move.
    monkeypatch.setattr(making, "PATIENCE", patience)
    products = [make(f"P{number}", business_value=str(100 - number)) for number in range(8)]
    gone, over, answered = dict[int, tuple[datetime, int]](), Event(), Semaphore(0)

    def decide() -> list[tuple[datetime, Decided]]:
        answers = []
        with app.app_context():
            while not over.is_set():
                begun = utcnow()
                answers.append((begun, service.decide(Asked(limit=3), actor="tests")))
                answered.release()
        return answers

    with ThreadPoolExecutor(WORKERS) as pool:
        deciding = [pool.submit(Context().run, decide) for _ in range(WORKERS)]
        for product in products[:6]:
            assert all(answered.acquire(timeout=30) for _ in range(WORKERS))
            withdrawn(product)
            gone[product] = (utcnow(), _times_written(product))
        over.set()
        answers = list(chain.from_iterable(one.result(timeout=60) for one in deciding))

    assert {product for _, decided in answers for product in offered(decided)} >= set(products[:2])
    for begun, decided in answers:
        assert not [product for product in offered(decided) if product in gone and gone[product][0] <= begun]
    assert {product: _times_written(product) for product in gone} == {
        product: written for product, (_, written) in gone.items()
    }
    assert offered(service.decide(Asked(limit=3), actor="tests")) == products[6:]


@pytest.mark.parametrize("end", [withdrawn, deleted, used_up])
def test_the_next_decision_knows_of_it(app: Flask, make: Make, end: Callable[[int], None]) -> None:
    stays, goes = make("Stays", business_value="5"), make("Goes", quota_total=1, business_value="9")
    with writing() as session:
        product = ProductCatalogService().get(goes)
        session.refresh(product)
        product.quota_left = 1
    assert offered(service.decide(Asked(), actor="tests")) == [goes, stays]

    end(goes)

    assert offered(service.decide(Asked(), actor="tests")) == [stays]
    assert [one.product_id for one in service.recommend(Asked()).recommendations] == [stays]
    assert [one.product_id for one in service.similar(stays, 5).results] == []


def test_what_becomes_eligible_is_offered_at_once(app: Flask, make: Make) -> None:
    first = make("First", business_value="1")
    assert offered(service.decide(Asked(), actor="tests")) == [first]

    second = make("Second", business_value="5")
    ProductCatalogService().patch(first, {"business_value": "7"}, expected_version=None, actor="tests")

    assert offered(service.decide(Asked(), actor="tests")) == [first, second]


def _times_written(product: int) -> int:
    db.session.remove()
    rows = db.session().scalars(select(Decision.offers)).all()
    db.session.remove()
    return sum(product in [offer["product_id"] for offer in offers] for offers in rows)
