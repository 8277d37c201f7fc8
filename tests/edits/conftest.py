"""Products on a shelf, plans over them that work when the test says so, and people at their pages."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.edits.actions import action_named
from catalog_app.edits.models import BULK, EditChange, EditPlan
from catalog_app.edits.service import EditService
from catalog_app.products.bulk import row_writer
from catalog_app.products.bulk_rows import Author, ProductRows
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.support.clients import Browser
from tests.support.held_jobs import Work, held_back
from tests.support.people import signed_in_as

LINA, OMAR = "user:lina@operator.example", "user:omar@operator.example"


def shelf(count: int, *, system: str = "manual", **values: Any) -> list[int]:
    """Put so many products on the shelf and return their numbers; they are on sale for SAR 10.00 unless told otherwise."""
    plain = {"product_type": "data", "price": "10.00", "currency": "SAR", "lifecycle_status": "launched"}
    with writing() as session:
        first = len(session.scalars(select(Product.id)).all())
        rows = ProductRows(session.connection().dialect, Author("tests", utcnow()))
        for number in range(first, first + count):
            rows.create((system, f"P-{number}"), {**plain, "name": f"Product {number}", **values})
        with row_writer(session) as writer:
            return list(writer.write(rows.take(session.connection())))


def product(number: int) -> Product:
    session = db.session()
    session.rollback()
    return session.get_one(Product, number, populate_existing=True)


def planned(
    action: str, sent: Mapping[str, Any], *, ids: Sequence[int] | None = None, query: str = "", actor: str = LINA
) -> EditPlan:
    """Return the plan of a bulk action, made; over the whole catalogue unless told otherwise."""
    selection: dict[str, Any] = {"query": query} if ids is None else {"ids": list(ids)}
    request = {"action": action, "values": action_named(action).check(sent), **selection}
    edits = EditService()
    plan = edits.request(kind=BULK, title=action, request=request, actor=actor, enqueue=False)
    return edits.execute(plan.id)


def applied(plan: EditPlan, *, actor: str = LINA) -> EditPlan:
    EditService().apply(plan.id, actor=actor, enqueue=False)
    return EditService().execute(plan.id)


def undone(plan: EditPlan, *, actor: str = LINA) -> EditPlan:
    EditService().request_undo(plan.id, actor=actor, enqueue=False)
    return EditService().execute(plan.id)


def changes_of(plan: EditPlan, kind: str = "update") -> Sequence[EditChange]:
    query = select(EditChange).where(EditChange.plan_id == plan.id, EditChange.kind == kind).order_by(EditChange.id)
    return db.session().scalars(query).all()


def edited(number: int, patch: Mapping[str, Any], *, actor: str = OMAR) -> None:
    """Change one product by itself, as the form of a product does."""
    ProductCatalogService().patch(number, dict(patch), expected_version=None, actor=actor)


@pytest.fixture
def viewer(app: Flask) -> Browser:
    return signed_in_as(app, "viewer")


@pytest.fixture
def editor(app: Flask) -> Browser:
    return signed_in_as(app, "editor")


@pytest.fixture
def approver(app: Flask) -> Browser:
    return signed_in_as(app, "approver")


@pytest.fixture
def work(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Work:
    return held_back(app, monkeypatch, EditService().execute)
