"""What a batch answers: the first offers of many customers, as columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.recommendations.batches.columns import Block, Integers

FIELDS: Final = ("customer_id", "rank", "product_id", "priority", "propensity", "basis", "model_version")
"""The columns of a file of offers: one row for each offer, best first; `propensity` is empty where nothing was learned."""


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """The offers of a block of customers, one row each: whose (row of the block), and everything a file tells of them.

    Rows of one customer follow each other, rank 1 first; who may have nothing has no row.
    """

    block: Block
    rows: Integers
    ranks: Integers
    product_ids: Integers
    priorities: NDArray[np.floating[Any]]
    propensities: NDArray[np.floating[Any]] | None
    basis: str
    model_version: int | None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def served(self) -> int:
        """How many customers have an offer."""
        return int((self.ranks == 1).sum())

    def as_rows(self) -> Iterator[Sequence[Any]]:
        """Yield each offer as its FIELDS."""
        customers = self.block.customers
        told = [None] * len(self) if self.propensities is None else _shown(self.propensities)
        columns = (self.rows.tolist(), self.ranks.tolist(), self.product_ids.tolist(), _shown(self.priorities), told)
        for row, rank, product_id, priority, propensity in zip(*columns, strict=True):
            yield customers[row], rank, product_id, priority, propensity, self.basis, self.model_version


_DIGITS: Final = 7


def _shown(numbers: NDArray[np.floating[Any]]) -> list[float]:
    """Return numbers with the digits that single precision holds."""
    return [float(f"{number:.{_DIGITS}g}") for number in numbers.tolist()]
