"""The stored document of a product: worked out with a write, kept in its transaction, read straight to bytes.

A row is made of a product's fields as JSON shows them, wherever they come from: an ORM object, what a source says,
an older row and what changes in it. That needs no transaction. `keep`, `add` and `drop` then only hand rows over.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql

from catalog_app.core.bulk_sql import Stored, array_texts, driver_rows, insert_rows, is_postgresql, json_text
from catalog_app.core.columns import AMOUNT_SCALE
from catalog_app.core.db import Base
from catalog_app.core.json_values import as_json
from catalog_app.products.document import FIELDS
from catalog_app.products.models import Product
from catalog_app.products.reads.asks import asks
from catalog_app.products.reads.models import ProductDocument

DOCUMENT: Table = Base.metadata.tables[ProductDocument.__tablename__]
COLUMNS: Final = tuple(column.name for column in DOCUMENT.columns)
FOREVER: Final = 1 << 62
"""The end of a window that has none."""
BY_VALUE, UNRANKED = "", "-"
"""What an offer is ranked by instead of a price in a currency: a value that people gave, or nothing."""

_QUOTA = COLUMNS.index("quota_left")
_QUOTAS = (
    "UPDATE product_document SET quota_left = (SELECT quota_left FROM product WHERE product.id = product_document.id)"
    " WHERE id = {place}"
)
_VERSIONS = "SELECT id, version FROM product_document WHERE id"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NEVER = (0, 0)
_REMEMBERED = 4096
"""The same few amounts and moments come again and again."""
_IN_BODY = tuple(field for field in FIELDS if field not in ("id", "quota_left"))
_SHOWN = (*_IN_BODY, "quota_left", "last_synced")
IN_DOCUMENT: Final = ("id", *(field for field in _SHOWN if field != "is_active"))
"""The columns of a product that its document is made of."""

Row = list[Stored]


def microseconds(moment: datetime) -> int:
    """Return a moment as documents keep it."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(stored: int) -> datetime:
    """Return the moment that a document keeps."""
    return _EPOCH + timedelta(microseconds=stored)


def row_of(product: Product) -> Row:
    """Return the document of a product as the ORM has it, with its id in front."""
    return [product.id, *rest_of({field: as_json(getattr(product, field)) for field in _SHOWN})]


def rest_of(shown: Mapping[str, Any]) -> Row:
    """Return what follows the id in the row of a product, given its fields as JSON shows them.

    Needed are all fields of the document but `id` and `is_active`, also `quota_left` and `last_synced`.
    """
    worth_in, worth = _worth(shown)
    return [
        shown["version"],
        *_sale(shown),
        shown["quota_left"],
        _moment(shown["last_synced"]),
        None if shown["missing_since"] is not None else shown["external_system"],
        worth_in,
        worth,
        asks(shown),
        _amount(shown["min_customer_value"]),
        _amount(shown["max_customer_value"]),
        _list(shown["target_segments"]),
        _list(shown["exclude_segments"]),
        _body(shown),
    ]


def changed(row: Sequence[Any], changes: Mapping[str, Any]) -> Row:
    """Return a row after changes to fields as JSON shows them; `row` is as the database gave it, in COLUMNS' order."""
    return [row[0], *rest_of({**shown_of(row), **changes})]


def shown_of(row: Sequence[Any]) -> dict[str, Any]:
    """Return the fields that a row keeps, as JSON shows them; what the clock decides is not among them."""
    fact = dict(zip(COLUMNS, row, strict=True))
    shown: dict[str, Any] = orjson.loads(f"{{{fact['body']}}}")
    seen_at = fact["seen_at"]
    shown["quota_left"] = fact["quota_left"]
    shown["last_synced"] = None if seen_at is None else as_json(moment_of(seen_at))
    return shown


def keep(connection: Connection, rows: Sequence[Row]) -> None:
    """Write the documents of products that were made or changed, in the place of those that stand."""
    if not rows:
        return
    cursor: Any = connection.connection.cursor()
    if is_postgresql(connection):
        cursor.execute(_upsert_postgresql(), array_texts(rows))
    else:
        cursor.executemany(_upsert_sqlite(), rows)


def renew(connection: Connection, rows: Sequence[Row]) -> None:
    """Write documents in which only something was noted, where they are still at the version that they were made of."""
    numbers = [row[0] for row in rows]
    if not numbers:
        return
    if is_postgresql(connection):
        found = driver_rows(connection, f"{_VERSIONS} = ANY(%s)", [numbers])
    else:
        found = driver_rows(connection, f"{_VERSIONS} IN (SELECT value FROM json_each(?))", [json_text(numbers)])  # noqa: S608  # our own words
    standing = dict(found)
    still = [row for row in rows if standing.get(row[0]) == row[1]]
    keep(connection, still)
    _keep_quotas(connection, [row[0] for row in still if row[_QUOTA] is not None])


def _keep_quotas(connection: Connection, numbers: Sequence[Stored]) -> None:
    """Bring what is left of quotas up to date: promises take from it without a new version of the product."""
    cursor: Any = connection.connection.cursor()
    for number in numbers:
        cursor.execute(_QUOTAS.format(place="%s" if is_postgresql(connection) else "?"), (number,))


def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Write the documents of products that have none yet: the fastest way for many."""
    insert_rows(connection, DOCUMENT, COLUMNS, rows)


def drop(connection: Connection, ids: Iterable[int]) -> None:
    """Take away the documents of products that were deleted."""
    cursor: Any = connection.connection.cursor()
    if is_postgresql(connection):
        cursor.execute("DELETE FROM product_document WHERE id = ANY(%s)", [list(ids)])
    else:
        cursor.executemany("DELETE FROM product_document WHERE id = ?", [(number,) for number in ids])


def _body(shown: Mapping[str, Any]) -> str:
    is_active = shown["lifecycle_status"] == "launched"
    members = {field: is_active if field == "is_active" else shown[field] for field in _IN_BODY}
    return orjson.dumps(members).decode()[1:-1]


def _sale(shown: Mapping[str, Any]) -> tuple[int, int]:
    """Return when the product is on sale by its own facts; its quota is looked at with each answer."""
    is_sold = (
        shown["lifecycle_status"] == "launched"
        and "theirs" not in shown["field_locks"].get("lifecycle_status", {})
        and shown["is_available"]
        and shown["missing_since"] is None
    )
    if not is_sold:
        return _NEVER
    begins, ends = _moment(shown["valid_from"]), _moment(shown["valid_to"])
    if ends is None:
        ends = FOREVER
    return (max(begins or 0, 0), ends) if ends > 0 else _NEVER


def _worth(shown: Mapping[str, Any]) -> tuple[str, int]:
    value = _amount(shown["business_value"])
    if value is not None:
        return BY_VALUE, value
    price = _amount(shown["price"])
    return (shown["currency"], price) if price is not None and shown["currency"] else (UNRANKED, 0)


@lru_cache(_REMEMBERED)
# The same few moments and amounts come again and again.
@lru_cache(maxsize=4096)
def _moment(text: str | None) -> int | None:
    return None if text is None else microseconds(datetime.fromisoformat(text))


@lru_cache(_REMEMBERED)
@lru_cache(maxsize=4096)
def _amount(text: str | None) -> int | None:
    return None if text is None else int(Decimal(text).scaleb(AMOUNT_SCALE))


def _list(entries: Sequence[str]) -> str | None:
    return orjson.dumps(entries).decode() if entries else None


@cache
def _upsert_sqlite() -> str:
    places = ", ".join("?" * len(COLUMNS))
    return f"INSERT INTO product_document ({', '.join(COLUMNS)}) VALUES ({places}) {_otherwise()}"  # noqa: S608  # our own names


@cache
def _upsert_postgresql() -> str:
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
    types = [column.type.compile(dialect) for column in DOCUMENT.columns]
    arrays = ", ".join("%s::text[]" if _is_text(kind) else f"%s::{kind}[]" for kind in types)
    values = ", ".join(f"new.{name}::{kind}" for name, kind in zip(COLUMNS, types, strict=True))
    return (
        f"INSERT INTO product_document ({', '.join(COLUMNS)}) SELECT {values} "  # noqa: S608  # our own names and types
        f"FROM unnest({arrays}) AS new({', '.join(COLUMNS)}) {_otherwise()}"
    )


def _is_text(kind: str) -> bool:
    return kind not in ("INTEGER", "BIGINT")


def _otherwise() -> str:
    settings = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "id")
    return f"ON CONFLICT (id) DO UPDATE SET {settings}"
