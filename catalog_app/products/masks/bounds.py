"""The bounds of products on what a customer is worth: all values between the same two bounds are alike."""

from bisect import bisect_left, bisect_right
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.core.columns import AMOUNT_SCALE
from catalog_app.products.masks.cards import BOUNDLESS
from catalog_app.products.masks.codes import Codes, coded

_UNIT: Final = 10**AMOUNT_SCALE
_REMEMBERED: Final = 512
"""So many rows are remembered, a byte for each product."""


class ValueBounds:
    """`least` and `most` (P,) of each product, inclusive, in ten-thousandths."""

    def __init__(self, least: NDArray[np.int64], most: NDArray[np.int64]) -> None:
        self._least, self._most = least, most
        self._known: dict[tuple[int, int], Codes] = {}

    @cached_property
    def cuts(self) -> NDArray[np.int64]:
        """The values at which a bound begins or ends, ascending."""
        bounds = np.concatenate((self._least, self._most))
        return np.unique(bounds[np.abs(bounds) < BOUNDLESS])

    def codes(self, value: Decimal) -> Codes:
        """Return what the bounds say to this value."""
        # A finer value than a bound can have is rounded away from each bound, and so compares alike.
        exact = value * _UNIT
        low = high = max(-BOUNDLESS, min(int(exact), BOUNDLESS))
        if low != exact:
            low, high = _scaled(exact, ROUND_FLOOR), _scaled(exact, ROUND_CEILING)
        key = bisect_right(self._cuts, low), bisect_left(self._cuts, high)
        row = self._known.get(key)
        if row is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            row = self._known[key] = coded((self._least <= low) & (high <= self._most))
        return row

    @cached_property
    def _cuts(self) -> list[int]:
        cuts: list[int] = self.cuts.tolist()
        return cuts


def _scaled(exact: Decimal, way: str) -> int:
    return max(-BOUNDLESS, min(int(exact.to_integral_value(way)), BOUNDLESS))
