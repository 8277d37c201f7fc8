"""Which products are meant for whom: the segments they target and those they exclude, as bits of rows."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.products.masks.cards import Card
from catalog_app.products.masks.codes import coded

_REMEMBERED: Final = 512
"""So many sets of segments are remembered: most customers are in the same few."""


class Segmented:
    """For each segment the products that target it, and those that exclude it."""

    def __init__(self, cards: Sequence[Card]) -> None:
        self._size = len(cards)
        self._targeting = _rows_by_segment([card.target_segments for card in cards])
        self._excluding = _rows_by_segment([card.exclude_segments for card in cards])
        self._open_to_all = np.array([not card.target_segments for card in cards], np.bool_)
        self._names = frozenset(self._targeting.keys() | self._excluding.keys())
        self._known: dict[frozenset[str], NDArray[np.uint8]] = {}

    def codes(self, segments: frozenset[str]) -> NDArray[np.uint8]:
        """Return 2 for the products that take a customer in these segments, 0 for the others."""
        asked = segments & self._names
        row = self._known.get(asked)
        if row is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            row = self._known[asked] = self._made(asked)
        return row

    def _made(self, segments: frozenset[str]) -> NDArray[np.uint8]:
        allowed = self._open_to_all.copy()
        for segment in segments & self._targeting.keys():
            allowed[self._targeting[segment]] = True
        for segment in segments & self._excluding.keys():
            allowed[self._excluding[segment]] = False
        return coded(allowed)


def _rows_by_segment(named: Sequence[Sequence[str]]) -> dict[str, NDArray[np.int64]]:
    rows: dict[str, list[int]] = {}
    for row, segments in enumerate(named):
        for segment in segments:
            rows.setdefault(segment, []).append(row)
    return {segment: np.array(found, np.int64) for segment, found in rows.items()}
