"""The rows a propensity is fitted to: impressions sorted by product, their columns made block by block.

The shared columns of a row are [1 | customer | product | affinity | customer x product pairs]; a product's own part
repeats some of them (`own`, the first always the 1, hence the product's own level).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

BLOCK_CELLS = 1_000_000
"""Cells of a block of rows: 8 MB, whatever the number of impressions."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which shared columns a row has, and which of them a product may weigh differently.

    `customer` and `product` count their features, `pairs` (m x 2) names a customer's and a product's column each.
    """

    customer: int
    product: int
    affinity: bool
    pairs: Integers
    own: Integers

    @classmethod
    def plain(cls, customer: int, product: int, *, affinity: bool) -> Self:
        """Nothing but levels of a product's own: no pairs, no slopes."""
        return cls(customer, product, affinity, np.zeros((0, 2), np.int64), np.zeros(1, np.int64))

    @property
    def customers(self) -> slice:
        return slice(1, 1 + self.customer)

    @property
    def products(self) -> slice:
        return slice(1 + self.customer, 1 + self.customer + self.product)

    @property
    def affinity_column(self) -> int:
        """Where the affinity stands, if there is one."""
        return 1 + self.customer + self.product

    @property
    def paired(self) -> slice:
        start = self.affinity_column + self.affinity
        return slice(start, start + len(self.pairs))

    @property
    def width(self) -> int:
        return self.affinity_column + self.affinity + len(self.pairs)

    def rows(self, customers: NDArray[np.floating], products: Array, affinity: Array | None) -> Array:
        """The shared columns of rows, one customer, product and affinity each."""
        rows = np.empty((len(customers), self.width))
        rows[:, 0] = 1.0
        rows[:, self.customers] = customers
        rows[:, self.products] = products
        if self.affinity:
            rows[:, self.affinity_column] = 0.0 if affinity is None else affinity
        rows[:, self.paired] = rows[:, self.customers][:, self.pairs[:, 0]] * products[:, self.pairs[:, 1]]
        return rows


@dataclass(frozen=True)
class Design:
    """Impressions in the order of their products: those of member i are rows `starts[i]` to `starts[i + 1]`.

    `members` are the columns of the products that were shown at all, ascending, `products` their features.
    """

    layout: Layout
    members: Integers
    starts: Integers
    customers: NDArray[np.floating]
    products: Array
    affinity: Array | None
    accepted: Array
    weight: Array

    @classmethod
    def of(
        cls,
        *,
        customers: NDArray[np.floating],
        offer: Integers,
        accepted: Array,
        weight: Array,
        affinity: Array | None,
        products: Array,
    ) -> Self:
        """Sort impressions by product; `offer` names rows of `products`."""
        order = np.argsort(offer, kind="stable")
        members, first = np.unique(offer[order], return_index=True)
        return cls(
            Layout.plain(customers.shape[1], products.shape[1], affinity=affinity is not None),
            members,
            np.append(first, len(offer)),
            customers[order],
            products[members],
            None if affinity is None else affinity[order],
            accepted[order],
            weight[order],
        )

    def with_columns(self, *, pairs: Integers, own: Integers) -> Self:
        return replace(self, layout=replace(self.layout, pairs=pairs, own=own))

    @cached_property
    def member(self) -> Integers:
        """The member of each row."""
        return np.repeat(np.arange(len(self.members)), np.diff(self.starts))

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Consecutive rows with their shared columns."""
        step = max(1, BLOCK_CELLS // self.layout.width)
        for start in range(0, len(self.accepted), step):
            rows = slice(start, min(start + step, len(self.accepted)))
            affinity = None if self.affinity is None else self.affinity[rows]
            yield rows, self.layout.rows(self.customers[rows], self.products[self.member[rows]], affinity)

    def segments(self, rows: slice) -> Iterator[tuple[int, slice]]:
        """The members of consecutive rows, each with its place inside these rows."""
        first, last = self.member[rows.start], self.member[rows.stop - 1]
        for member in range(first, last + 1):
            start, stop = max(self.starts[member], rows.start), min(self.starts[member + 1], rows.stop)
            yield member, slice(start - rows.start, stop - rows.start)
