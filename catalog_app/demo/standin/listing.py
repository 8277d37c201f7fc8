"""The products that a stand-in lists, kept as the bytes they are sent as."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from catalog_app.demo.standin.exchange import encoded

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
        self._first = self._rows

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
        self.amend([product], lambda row: {**row, **fields})

    def amend(self, ids: Sequence[str], change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
        """Write the products with these ids anew, as `change` makes them; raises KeyError if one is not listed."""
        wanted = set(ids)
        with self._lock:
            self._must_hold(ids)
            self._rows = tuple(
                (key, _serialised(change(json.loads(raw))) if key in wanted else raw) for key, raw in self._rows
            )

    def restore(self) -> None:
        """List what was listed at the start again."""
        with self._lock:
            self._rows = self._first

    def insert_first(self) -> None:
        """Put a product that was not there before in front of all others."""
        with self._lock:
            first = json.loads(self._rows[0][1])
            comer = {**first, "id": f"NEW-{len(self._rows)}", "name": f"{first.get('name')}, new"}
            self._rows = ((comer["id"], _serialised(comer)), *self._rows)

    def remove_first(self) -> None:
        with self._lock:
            self._rows = self._rows[1:]

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
    return encoded(product)
