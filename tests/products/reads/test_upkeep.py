"""After every kind of write the stored document is what the product itself would show, and the version has moved."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import RuleError
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.products import segments
from catalog_app.products.document import document
from catalog_app.products.models import Product
from catalog_app.products.reads import catalogue_version, documents, rendering
from catalog_app.products.reads.standing import standings_of
from catalog_app.products.segments import SegmentInput
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.systems import systems
from catalog_app.sync.models import SystemState
from tests.products.factories import saved
from tests.products.test_parity import FULL

_SHOWN = f"SELECT {', '.join(column.name for column in rendering.COLUMNS)} FROM product_document ORDER BY id"  # noqa: S608


def stored(app: Flask) -> list[dict[str, Any]]:
    """Return what a list would show of every document now."""
    now = documents.microseconds(utcnow())

    def read(reader: Reader) -> list[dict[str, Any]]:
        rows: Any = reader.rows(_SHOWN)
        texts = rendering.rendered(rows, now, standings_of(app).at(reader, now).marks)
        return [orjson.loads(text) for text in texts]

    return read_connections(app).read(read)


def fresh() -> list[dict[str, Any]]:
    """Return the same from the products themselves."""
    db.session.remove()
    facts, now = systems(), utcnow()
    living = select(Product).where(Product.deleted_at.is_(None)).order_by(Product.id)
    return [document(each, now=now, system=facts.get(each.external_system)) for each in db.session.scalars(living)]


def version() -> int:
    return int(read_connections().read(lambda reader: reader.value(catalogue_version.READ)))


def synced() -> Product:
    """Return a product that a source brought, so that edits of it are locked."""
    with writing() as session:
        return saved(session, external_system="xiva", last_synced=utcnow())


def taken_back(action: Callable[[ProductCatalogService, int], Any], number: int) -> None:
    service = ProductCatalogService()
    action(service, number)
    service.undo(service.history(number)[0].id, actor="tests")


def expected(**more: Any) -> dict[str, Any]:
    return {"expected_version": None, "actor": "tests", **more}


def given_up(number: int) -> None:
    with writing() as session:
        session.get_one(Product, number).name = "Lost"
        session.flush()
        raise RuleError({"name": "No."})


WRITES: dict[str, Callable[[ProductCatalogService, int], Any]] = {
    "create": lambda service, _: service.create(FULL, actor="tests"),
    "patch": lambda service, number: service.patch(
        number, {"name": "New", "price": "7.5", "currency": "SAR"}, **expected()
    ),
    "replace": lambda service, number: service.replace(
        number, {"name": "Other", "product_type": "sms", "lifecycle_status": "launched"}, **expected()
    ),
    "transition": lambda service, number: service.transition(number, "suspended", reason="off", **expected()),
    "retire": lambda service, number: service.retire(number, reason="over", **expected()),
    "delete": lambda service, number: service.delete(number, **expected()),
    "undo": lambda _, number: taken_back(lambda s, n: s.patch(n, {"name": "New"}, **expected()), number),
    "restore": lambda _, number: taken_back(lambda s, n: s.delete(n, **expected()), number),
    "lock": lambda service, number: service.lock(number, ["name"], actor="tests"),
    "segment that is new": lambda service, number: service.patch(
        number, {"target_segments": ["brand-new"]}, **expected()
    ),
    "quota": lambda service, number: service.patch(number, {"quota_total": 3}, **expected()),
}


@pytest.mark.parametrize("write", WRITES)
def test_documents_follow_every_use_case(app: Flask, write: str) -> None:
    number, other = synced().id, synced().id
    before = version()

    WRITES[write](ProductCatalogService(), number)

    assert stored(app) == fresh()
    assert version() > before
    assert other in {each["id"] for each in stored(app)}


def test_a_complete_run_that_changed_no_product_moves_the_version_and_is_shown(app: Flask) -> None:
    number = synced().id
    before, shown = version(), stored(app)
    with writing() as session:
        session.get_one(SystemState, "xiva").last_complete_at = utcnow() + timedelta(hours=1)

    assert version() > before
    assert stored(app) == fresh() != shown
    assert [each["id"] for each in stored(app)] == [number]


def test_what_answers_do_not_show_does_not_move_the_version(app: Flask) -> None:
    synced()
    before = version()

    segments.create_segment("vip", SegmentInput.check({"label": "VIP"}), actor="tests")
    with writing() as session:
        session.get_one(SystemState, "xiva").lease_number += 1

    assert version() == before


def test_a_write_that_is_rolled_back_leaves_document_and_version(app: Flask) -> None:
    number = synced().id
    before, shown = version(), stored(app)
    with pytest.raises(RuleError):
        given_up(number)

    assert (version(), stored(app)) == (before, shown)


def test_the_version_moves_again_in_the_next_transaction_of_a_session(app: Flask) -> None:
    number = synced().id
    seen = [version()]
    for name in ("One", "Two"):
        ProductCatalogService().patch(number, {"name": name}, expected_version=None, actor="tests")
        seen.append(version())

    assert seen == sorted(set(seen))


def test_writers_at_once_do_not_wait_for_the_version(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # It has one writer at a time anyway.
    before = version()
    with db.engine.connect() as first, db.engine.connect() as second:
        for connection in (first, second):
            connection.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
            catalogue_version.bump(connection)
        assert version() == before
        second.commit()
        between = version()
        first.commit()

    assert before < between < version()
