"""Columns of a file as the rows of numbers that a model takes: what occurs often is encoded once."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from catalog_app.recommendations.batches.columns import UNTOLD, Coded, Column, Numbers
from catalog_app.recommendations.learning.columns import Columns, NumberColumns
from catalog_app.recommendations.learning.space import FeatureSpace


def encode(space: FeatureSpace, columns: Mapping[str, Column], count: int) -> NDArray[np.float32]:
    """Return the rows (count x width) that `space.encode` answers, in single precision."""
    matrix = np.empty((count, space.width), np.float32)
    edges = np.cumsum([0, *(len(each.labels) for each in space.columns)])
    for each, (start, end) in zip(space.columns, pairwise(edges.tolist()), strict=True):
        matrix[:, start:end] = _encoded(each, columns.get(each.name), count)
    return matrix


def _encoded(each: Columns, column: Column | None, count: int) -> NDArray[np.float64]:
    match column:
        case Numbers() if isinstance(each, NumberColumns):
            return each.encode(np.where(column.told, column.values, np.nan))
        case Numbers():
            values, codes = np.unique(column.values, return_inverse=True)
            found = each.encode([*values.tolist(), None])
            return found[np.where(column.told, codes, len(values))]
        case Coded():
            words = [list(value) if isinstance(value, tuple) else value for value in column.values]
            return each.encode([*words, None])[np.where(column.codes == UNTOLD, len(words), column.codes)]
        case _:
            return np.broadcast_to(each.encode([None]), (count, len(each.labels)))
