"""What the reading of a listing must know of the products that are here: one look for each page."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import orjson
from sqlalchemy import Connection

from catalog_app.core.bulk_sql import driver_rows, encoders, is_postgresql
from catalog_app.products.bulk_rows import PRODUCT
from catalog_app.sync.connectors.connector import RawRecord
from catalog_app.sync.connectors.records import HASH_LENGTH

_DELETED, _MISSING, _OVERDUE, _UNDONE, _LISTED_AGAIN = 1, 2, 4, 8, 16

_FLAGS = f"""
    CASE WHEN product.deleted_at IS NULL THEN 0 ELSE {_DELETED} END
    + CASE WHEN product.missing_since IS NULL THEN 0 ELSE {_MISSING} END
    + CASE WHEN product.remap_at <= {{now}} THEN {_OVERDUE} ELSE 0 END
    + CASE WHEN product.undone_hash IS NULL THEN 0 WHEN product.undone_hash = '' THEN {_LISTED_AGAIN} ELSE {_UNDONE} END
"""
_SELECT = "SELECT product.external_product_id, product.id, product.source_hash, "
# The ids come first, so that each is one step into the index of identities.
_SQLITE = (
    _SELECT
    + _FLAGS.format(now="?")
    + " FROM json_each(?) AS wanted CROSS JOIN product"
    + " ON product.external_system = ? AND product.external_product_id = wanted.value"
)
_POSTGRESQL = (
    _SELECT
    + _FLAGS.format(now="%s::timestamptz")
    + " FROM product WHERE product.external_product_id = ANY(%s) AND product.external_system = %s"
)


class Known(msgspec.Struct):
    """What the fetch needs to know of a product that is already here."""

    id: int
    source_hash: str
    flags: int

    def is_as_sent(self, record: RawRecord) -> bool:
        """Return whether the record came as it did before, so that nothing can have changed."""
        if self.flags == 0 and not record.is_deleted:
            return self.source_hash.startswith(record.sent_hash)
        return self._needs_nothing(record) or (
            self._would_stay(record) and self.source_hash.startswith(record.sent_hash)
        )

    def says_the_same(self, record: RawRecord) -> bool:
        """Return whether the record says what it did before, however its keys are ordered."""
        return self._would_stay(record) and self.source_hash[HASH_LENGTH:] == record.content_hash

    def _needs_nothing(self, record: RawRecord) -> bool:
        """Return whether nothing that the record could say matters here."""
        if record.is_deleted:
            return bool(self.flags & (_DELETED | _MISSING | _LISTED_AGAIN))
        # A person deleted it; one that an undo deleted comes back when its source says something else.
        return bool(self.flags & _DELETED) and not self.flags & _UNDONE

    def _would_stay(self, record: RawRecord) -> bool:
        """Return whether the same record would be read the same way now, and would change nothing."""
        if record.is_deleted:
            return bool(self.flags & _MISSING)
        if self.flags & _OVERDUE:
            return False
        if self.flags & (_DELETED | _MISSING):
            return bool(self.flags & (_DELETED | _UNDONE))
        return not self.flags & (_UNDONE | _LISTED_AGAIN)


def known_products(connection: Connection, system: str, names: Sequence[str], *, now: datetime) -> dict[str, Known]:
    """Return what of a page is already here, by external id."""
    if not names:
        return {}
    moment = encoders(PRODUCT, connection.dialect)["remap_at"]
    then = moment(now) if moment else now
    if is_postgresql(connection):
        rows = driver_rows(connection, _POSTGRESQL, (then, list(names), system))
    else:
        rows = driver_rows(connection, _SQLITE, (then, orjson.dumps(names).decode(), system))
    return {name: Known(number, digest or "", flags) for name, number, digest, flags in rows}
