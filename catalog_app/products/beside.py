"""What is kept beside a product, as it stands and as it would be counted, for who changes many at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from catalog_app.core.bulk_sql import driver_rows, is_postgresql, json_text
from catalog_app.products.counters.counted import Counted, counted_as
from catalog_app.products.reads import documents


def counted_of(shown: Mapping[str, Any]) -> Counted:
    """Return what is counted of a product, given its fields as JSON shows them."""
    left = shown["quota_left"]
    return counted_as(
        shown["product_type"],
        shown["lifecycle_status"],
        shown["external_system"],
        shown["sync_state"],
        is_open=(
            shown["lifecycle_status"] == "launched"
            and shown["is_available"]
            and shown["missing_since"] is None
            and (left is None or left > 0)
            and "theirs" not in shown["field_locks"].get("lifecycle_status", {})
        ),
        window=(_moment(shown["valid_from"]), _moment(shown["valid_to"])),
    )


@lru_cache(4096)
def _moment(shown: str | None) -> datetime | None:
    return None if shown is None else datetime.fromisoformat(shown)


def kept_beside(connection: Connection, ids: Sequence[int]) -> Sequence[Sequence[Any]]:
    """Return the documents of products with their search texts."""
    columns = ", ".join(f"product_document.{name}" for name in documents.COLUMNS)
    both = f"SELECT {columns}, product.search_text FROM"
    if is_postgresql(connection):
        statement = f"{both} product_document JOIN product USING (id) WHERE product.id = ANY(%s)"
        return driver_rows(connection, statement, (ids,))
    wanted = "json_each(?) AS wanted CROSS JOIN product_document ON product_document.id = wanted.value"
    return driver_rows(connection, f"{both} {wanted} JOIN product ON product.id = wanted.value", (json_text(ids),))
