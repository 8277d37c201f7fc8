"""A database with something in every table, and everything that stands in it as values that can be compared."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, LargeBinary, Table, func, select

from catalog_app.core.columns import Amount, UtcDateTime
from catalog_app.core.db import Base, db, writing
from catalog_app.operating.backups.contents import OF_THE_MOMENT, kept_tables
from catalog_app.products.service import ProductCatalogService
from tests.support.databases import SEEDED

ODD = "é ☃ \\ \" ' \t \u2028 end"
THEN = datetime(2026, 11, 23, 21, 5, 0, 123456, tzinfo=UTC)
ROWS = 3
_SYSTEMS = ("xiva", "crm", "billing")
_SAID: Mapping[tuple[str, str], Any] = {("user_account", "role"): "editor", ("nbo_settings", "active_model"): None}

Standing = dict[str, list[dict[str, Any]]]


def fill(at: datetime = THEN) -> list[int]:
    """Put rows into every table, and return the ids of the products: the first has every kind of text, one is deleted."""
    catalog = ProductCatalogService()
    ids = [
        catalog.create(
            {"name": f"Plan {number} {name}", "product_type": "data", "price": "19.9999", "currency": "SAR"},
            actor="tests",
        ).id
        for number, name in enumerate(("é ☃ \\ \" '", "5G", "gone"), 1)
    ]
    catalog.delete(ids[2], expected_version=None, actor="tests")
    with writing() as session:
        for table in kept_tables():
            if table.name not in (*SEEDED, "product"):
                session.execute(table.insert(), [_row(table, number, ids, at) for number in range(1, ROWS + 1)])
    db.session.remove()
    return ids


def standing(app: Flask) -> Standing:
    """Return every row of every table that a backup holds, and the documents that follow from the products."""
    with app.app_context():
        db.session.remove()
        tables = [*kept_tables(), Base.metadata.tables["product_document"]]
        with db.engine.connect() as connection:
            return {
                table.name: [
                    dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
                ]
                for table in tables
            }


def emptied(app: Flask) -> list[str]:
    """Return the tables of a moment that is over in which something stands."""
    with app.app_context(), db.engine.connect() as connection:
        tables = [Base.metadata.tables[name] for name in sorted(OF_THE_MOMENT)]
        return [
            table.name for table in tables if connection.execute(select(func.count()).select_from(table)).scalar_one()
        ]


def _row(table: Table, number: int, products: list[int], at: datetime) -> dict[str, Any]:
    return {column.name: _value(table, column, number, products, at) for column in table.columns}


def _value(table: Table, column: Column[Any], number: int, products: list[int], at: datetime) -> Any:
    if (table.name, column.name) in _SAID:
        return _SAID[table.name, column.name]
    for key in column.foreign_keys:
        other = key.column.table
        known = {"product": products[number - 1], "external_system": _SYSTEMS[number - 1], table.name: None}
        return known.get(other.name, number + 1000)
    if column.primary_key and isinstance(column.type, Integer):
        return number + 1000
    if column.nullable and number == ROWS:
        return None
    return _plain(column, number, at)


def _plain(column: Column[Any], number: int, at: datetime) -> Any:
    made: tuple[tuple[type[Any], Any], ...] = (
        (UtcDateTime, at - timedelta(microseconds=number)),
        (Amount, Decimal("-1234567890.1234") if number == 1 else Decimal(number)),
        (JSON, {"b": [1.10, None, ODD], "a": {"": 2**53}} if number == 1 else []),
        (Boolean, number == 1),
        (Date, date(2020, 2, 26 + number)),
        (LargeBinary, bytes(range(256)) * number),
        (Float, 0.1 * number),
        (Integer, number),
    )
    for family, value in made:
        if isinstance(column.type, family):
            return value
    text = f"{number} {column.name} {ODD}"
    return text[: getattr(column.type, "length", None)]
