"""The products that a stand-in holds: an ordered list that may change while it is being read."""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from catalog_app.demo.standin.products import StandinProduct

_LAST_DIGITS = re.compile(r"[0-9]+(?=[^0-9]*$)")


class Shelf:
    """Products in the order in which they are listed; what was handed out stays as it was."""

    def __init__(self, products: Iterable[StandinProduct] = ()) -> None:
        self._lock = threading.Lock()
        self._products = self._first = tuple(products)
        self._comers = 0

    def __len__(self) -> int:
        return len(self._products)

    def every(self) -> tuple[StandinProduct, ...]:
        return self._products

    def replace(self, products: Iterable[StandinProduct]) -> None:
        made = tuple(products)
        with self._lock:
            self._products = made

    def edit(self, ids: Sequence[str], change: Callable[[StandinProduct], StandinProduct]) -> None:
        """Change the products with these ids; raises KeyError if one is not there."""
        wanted = set(ids)
        with self._lock:
            unknown = wanted - {product.id for product in self._products}
            if unknown:
                raise KeyError(", ".join(sorted(unknown)))
            self._products = tuple(change(one) if one.id in wanted else one for one in self._products)

    def restore(self) -> None:
        """Hold what was held at the start again."""
        with self._lock:
            self._products = self._first

    def insert_first(self) -> None:
        """Put a product that was not there before in front of all others."""
        with self._lock:
            self._comers += 1
            first = self._products[0]
            comer = replace(first, id=_next_to(first.id, self._comers), name=f"{first.name}, new")
            self._products = (comer, *self._products)

    def remove_first(self) -> None:
        with self._lock:
            self._products = self._products[1:]


def _next_to(taken: str, number: int) -> str:
    """Return an id of the same kind and length, from the far end of its last run of digits."""
    return _LAST_DIGITS.sub(lambda digits: str(10 ** len(digits[0]) - number), taken, count=1)
