"""The products that a stand-in lists, kept as the bytes they are sent as."""

import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any

# The id of a product and the product as it is sent.
Row = tuple[str, bytes]


class Listing:
    """An ordered list of products that may change while it is being read.

    Serialised once: 100,000 products take about a third of a gigabyte so, as dicts more than one.
    """

    def __init__(self, products: Iterable[Mapping[str, Any]]) -> None:
        self._lock = threading.Lock()
        self._rows: tuple[Row, ...] = ()
        self.replace(products)

    def replace(self, products: Iterable[Mapping[str, Any]]) -> None:
        """List exactly these products from now on; equal ids are allowed, and are all listed."""
        rows = tuple((str(product.get("id", "")), _serialised(product)) for product in products)
        with self._lock:
            self._rows = rows

    def withdraw(self, *ids: str) -> None:
        """Take the products with these ids out; raises KeyError if one is not listed."""
        with self._lock:
            self._must_hold(ids)
            self._rows = tuple(row for row in self._rows if row[0] not in ids)

    def change(self, product: str, **fields: object) -> None:
        """Set top-level fields of a listed product; raises KeyError if it is not listed."""
        with self._lock:
            self._must_hold([product])
            self._rows = tuple((key, _updated(raw, fields) if key == product else raw) for key, raw in self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def one(self, product: str) -> bytes | None:
        return next((raw for key, raw in self._rows if key == product), None)

    def every(self) -> tuple[Row, ...]:
        """Return all products as they are now; later changes do not touch the answer."""
        return self._rows

    def _must_hold(self, ids: Iterable[str]) -> None:
        unknown = set(ids) - {key for key, _ in self._rows}
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))


def _serialised(product: Mapping[str, Any]) -> bytes:
    return json.dumps(product, ensure_ascii=False).encode()


def _updated(raw: bytes, fields: Mapping[str, object]) -> bytes:
    return _serialised({**json.loads(raw), **fields})
