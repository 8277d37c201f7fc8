"""Files in front of the catalogue: exported, changed, and given back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.edits.imports import files
from catalog_app.edits.imports.columns import checked, guessed
from catalog_app.edits.imports.files import Chosen
from catalog_app.edits.models import IMPORT, EditChange, EditPlan
from catalog_app.edits.service import EditService
from catalog_app.products.export import EXPORTS, WRITABLE, Asked
from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.systems import systems
from tests.products.factories import saved

OMAR = "user:omar@operator.example"


class Imports:
    """What a person does with a file, without the pages."""

    def plan(self, content: bytes, *, columns: Mapping[str, str] | None = None, **chosen: Any) -> EditPlan:
        """Have a file planned, with the columns guessed unless they are given."""
        kept = files.keep(content, "products.csv", actor=OMAR)
        looked = files.seen(kept, Chosen(**chosen))
        taken = checked(columns or guessed(looked.columns), looked.columns)
        request = {"file_id": kept.id, "columns": taken, **chosen}
        service = EditService()
        asked = service.request(kind=IMPORT, title="Import", request=request, actor=OMAR, enqueue=False)
        return service.execute(asked.id)

    def applied(self, content: bytes, **options: Any) -> EditPlan:
        service = EditService()
        plan = service.apply(self.plan(content, **options).id, actor=OMAR, enqueue=False)
        return service.execute(plan.id)

    def rejected(self, plan: EditPlan) -> Sequence[EditChange]:
        query = select(EditChange).where(EditChange.plan_id == plan.id, EditChange.kind == "rejected")
        return db.session().scalars(query.order_by(EditChange.line)).all()

    def export(self, kind: str, fields: Iterable[str] = WRITABLE) -> bytes:
        asked = Asked(ProductFilters(), tuple(fields))
        return b"".join(EXPORTS[kind].parts(db.engine, asked, systems(), now=utcnow()))

    def product(self, product_id: int) -> Product:
        session = db.session()
        session.rollback()
        return session.get_one(Product, product_id, populate_existing=True)

    def all(self) -> Sequence[Product]:
        session = db.session()
        session.rollback()
        return session.scalars(select(Product).order_by(Product.id).execution_options(populate_existing=True)).all()


@pytest.fixture
def imports(app: Flask) -> Imports:
    return Imports()


@pytest.fixture
def make(app: Flask) -> Callable[..., int]:
    """Save a product with all that is kept beside it, and return its id."""

    def make(**values: Any) -> int:
        with writing() as session:
            return saved(session, **values).id

    return make


def csv_of(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def as_file(content: bytes, name: str = "products.csv") -> tuple[BytesIO, str]:
    return BytesIO(content), name
