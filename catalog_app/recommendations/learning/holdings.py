"""Who holds what, as compressed sparse rows: a million customers fit in a few megabytes.

The sums over customers that fitting needs are taken here too, by the cheaper of two ways per block of rows: through
the entries, where customers hold few of many products, else through a dense block and a matrix product. Counts are
whole numbers below 2**53, so both ways give the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Float = TypeVar("Float", np.float32, np.float64)

BLOCK_CELLS = 4_000_000
"""Cells of a dense block: 32 MB of float64, whatever the number of customers."""
DENSE_ABOVE = 1 / 16
"""Share of held cells from which a matrix product is quicker than going through the entries (measured)."""


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """Customer i holds the products `indices[indptr[i]:indptr[i + 1]]`, ascending, each once, all below `products`."""

    indptr: Integers
    indices: Integers
    products: int

    @classmethod
    def of(cls, holdings: "Holdings | NDArray[Any]") -> "Holdings":
        """Take holdings as they are, or a dense customers x products matrix of 0 and 1 (see `from_dense`)."""
        return holdings if isinstance(holdings, Holdings) else cls.from_dense(holdings)

    @classmethod
    def from_dense(cls, matrix: NDArray[Any]) -> Self:
        """Read a customers x products matrix. Raises ValueError if a cell is neither 0 nor 1 (NaN is neither)."""
        if matrix.ndim != 2:  # noqa: PLR2004
            raise ValueError(f"holdings are a customers x products matrix, not one of {matrix.ndim} dimensions")
        held = matrix == 1
        if not (held | (matrix == 0)).all():
            raise ValueError("a customer holds a product or does not: only 0 and 1 can stand in the matrix of holdings")
        _, indices = np.nonzero(held)
        return cls(_starts(held.sum(1)), indices.astype(np.int64), matrix.shape[1])

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[int]], products: int) -> Self:
        """Read one sequence of product columns per customer, in any order, repeats counted once.

        Raises ValueError if a column is negative or not below `products`.
        """
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        columns = np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))
        if columns.size and not (columns.min() >= 0 and columns.max() < products):
            raise ValueError(f"a product column lies outside 0..{products - 1}")
        # Stable sorting is quick on what is nearly in order already; np.unique took ten times as long.
        cells = np.sort(np.repeat(np.arange(len(rows)) * products, lengths) + columns, kind="stable")
        cells = cells[np.diff(cells, prepend=-1) > 0]
        held = np.bincount(cells // max(1, products), minlength=len(rows))
        return cls(_starts(held), cells % max(1, products), products)

    @property
    def customers(self) -> int:
        return len(self.indptr) - 1

    @property
    def lengths(self) -> Integers:
        """How many products each customer holds (customers,)."""
        return np.diff(self.indptr)

    @property
    def owners(self) -> Integers:
        """The customer of each entry of `indices`."""
        return np.repeat(np.arange(self.customers), self.lengths)

    def row(self, customer: int) -> Integers:
        """The products of one customer, ascending."""
        return self.indices[self.indptr[customer] : self.indptr[customer + 1]]

    def take(self, customers: Integers) -> "Holdings":
        """The holdings of these customers, in this order."""
        lengths = self.lengths[customers]
        starts = _starts(lengths)
        entries = np.repeat(self.indptr[customers] - starts[:-1], lengths) + np.arange(starts[-1])
        return Holdings(starts, self.indices[entries], self.products)

    def restrict(self, columns: Integers) -> "Holdings":
        """The holdings among these products only (ascending columns), which become 0, 1, 2, ..."""
        if len(columns) == self.products:
            return self
        position = np.full(self.products, -1, np.int64)
        position[columns] = np.arange(len(columns))
        kept = position[self.indices]
        stays = kept >= 0
        lengths = np.bincount(self.owners[stays], minlength=self.customers)
        return Holdings(_starts(lengths), kept[stays], len(columns))

    def dense(self) -> Floats:
        """The customers x products matrix of 0 and 1."""
        matrix = np.zeros((self.customers, self.products))
        matrix[self.owners, self.indices] = 1.0
        return matrix

    def blocks(self, cells_per_customer: int) -> Iterator[tuple[slice, "Holdings"]]:
        """Consecutive customers with their holdings, at most BLOCK_CELLS cells of work each."""
        step = max(1, BLOCK_CELLS // max(1, cells_per_customer))
        for start in range(0, self.customers, step):
            rows = slice(start, min(start + step, self.customers))
            first, last = self.indptr[rows.start], self.indptr[rows.stop]
            yield rows, Holdings(self.indptr[start : rows.stop + 1] - first, self.indices[first:last], self.products)

    def counts(self) -> Floats:
        """How many customers hold each product (products,)."""
        return np.bincount(self.indices, minlength=self.products).astype(float)

    def pair_counts(self) -> Floats:
        """How many customers hold both of two products (products x products): H'H."""
        total = np.zeros((self.products, self.products))
        for _, block in self.blocks(self.products):
            total += _pair_counts_of_matrix(block) if _is_dense(block) else _pair_counts_of_entries(block)
        return total

    def sums(self, values: Floats) -> Floats:
        """The sum of `values` (customers x d) over the holders of each product (products x d): H'V."""
        total = np.zeros((self.products, values.shape[1]))
        for rows, block in self.blocks(max(self.products, values.shape[1])):
            if _is_dense(block):
                total += block.dense().T @ values[rows]
            else:
                _add_sums(block, values[rows], total)
        return total

    def times(self, weights: NDArray[Float]) -> NDArray[Float]:
        """The sum of `weights` (products x q) over what each customer holds (customers x q, of the same type): HW."""
        result = np.zeros((self.customers, weights.shape[1]), weights.dtype)
        for rows, block in self.blocks(max(self.products, 16 * weights.shape[1])):
            if _is_dense(block):
                np.matmul(block.dense().astype(weights.dtype, copy=False), weights, out=result[rows])
            else:
                _add_products(block, weights, result[rows])
        return result


def _is_dense(block: Holdings) -> bool:
    return len(block.indices) > DENSE_ABOVE * block.customers * block.products


def _pair_counts_of_matrix(block: Holdings) -> Floats:
    matrix = block.dense()
    return matrix.T @ matrix


def _pair_counts_of_entries(block: Holdings) -> Floats:
    """Count every entry with every entry of the same customer."""
    lengths = block.lengths[block.owners]
    starts = _starts(lengths)
    partners = np.repeat(block.indptr[block.owners] - starts[:-1], lengths) + np.arange(starts[-1])
    cells = np.repeat(block.indices, lengths) * block.products + block.indices[partners]
    counts = np.bincount(cells, minlength=block.products**2)
    return counts.astype(float).reshape(block.products, block.products)


def _add_sums(block: Holdings, values: Floats, total: Floats) -> None:
    """Add the values of each product's holders, who stand together once the entries are ordered by product."""
    counts = np.bincount(block.indices, minlength=block.products)
    held = np.flatnonzero(counts)
    if len(held):
        order = np.argsort(block.indices, kind="stable")
        total[held] += np.add.reduceat(values[block.owners[order]], _starts(counts)[held], axis=0)


def _add_products(block: Holdings, weights: NDArray[Float], result: NDArray[Float]) -> None:
    """Add the first holding of everyone who has one, then the second of everyone who has two, and so on."""
    lengths = block.lengths
    for place in range(int(lengths.max(initial=0))):
        holders = np.flatnonzero(lengths > place)
        result[holders] += weights[block.indices[block.indptr[holders] + place]]


def _starts(lengths: NDArray[Any]) -> Integers:
    """Where each row begins, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
