"""Where numbers are told apart by bounds: all between two bounds are alike, and so are all that equal one."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from decimal import Decimal
from math import inf, nextafter
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Cuts:
    """Ascending bounds, and the place of a number among them: 2i between two, 2i + 1 at bound i.

    A float stands for the digits it is written with, as everywhere (products/rule_values.py): 0.1 is at the bound 0.1.
    """

    def __init__(self, bounds: Iterable[Decimal | float]) -> None:
        self._bounds = sorted({exact(bound) for bound in bounds})
        self._from = np.array([_least(bound, _is_not_below) for bound in self._bounds])
        self._beyond = np.array([_least(bound, _is_above) for bound in self._bounds])

    def places(self, numbers: NDArray[np.float64]) -> Integers:
        """The place of each (n,)."""
        reached = np.searchsorted(self._from, numbers, side="right")
        return reached + np.searchsorted(self._beyond, numbers, side="right")

    def place(self, number: Decimal | float) -> int:
        """The place of one number, exactly."""
        return bisect_left(self._bounds, exact(number)) + bisect_right(self._bounds, exact(number))


def exact(number: Decimal | float) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(repr(number))


def _is_not_below(number: Decimal, bound: Decimal) -> bool:
    return number >= bound


def _is_above(number: Decimal, bound: Decimal) -> bool:
    return number > bound


def _least(bound: Decimal, fits: Any) -> float:
    """Return the least float that fits the bound; the float next to the bound is it, or a neighbour is."""
    number = float(bound)
    while not fits(exact(number), bound):
        number = nextafter(number, inf)
    while fits(exact(before := nextafter(number, -inf)), bound):
        number = before
    return number
