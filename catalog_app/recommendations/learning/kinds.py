"""What kind of thing a feature is: a number, a category, or several categories at once."""

import re
from decimal import Decimal
from itertools import groupby

from .columns import CategoryColumns, Columns, NumberColumns, Values
from .features import FeatureValue, NumericMap

# "007" and "08540" are codes, not numbers.
NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]{0,14})(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
NUMBERS_SHARE = 0.95
"""From this share of what was told on it is a number: "N/A" in some rows of an export makes no category of it."""


def fit_columns(name: str, values: Values, numeric_map: NumericMap, fewest: int) -> Columns | None:
    """Learn the columns of one feature; None if it says nothing (never told, or always the same).

    It is a number if nearly everything told is one, also written as text, and the rest counts as not told; otherwise a
    category, or a list of them as soon as one value is a list. Raises ValueError, naming the feature, for NaN, infinity and values of no such kind.
    """
    told = [value for value in values if value is not None and value != ""]
    if any(isinstance(value, (list, tuple, set, frozenset)) for value in told):
        return CategoryColumns.fit(name, values, many=True, fewest=fewest)
    if told and is_number(told):
        return NumberColumns.fit(name, values, numeric_map)
    return CategoryColumns.fit(name, values, many=False, fewest=fewest)


def is_number(told: Values) -> bool:
    """Whether nearly all of these values can be read as numbers; yes and no can, as 1 and 0."""
    others = sum(len(list(same)) for value, same in groupby(told) if not _reads_as_number(value))
    return others <= (1 - NUMBERS_SHARE) * len(told)


def _reads_as_number(value: FeatureValue) -> bool:
    if isinstance(value, str):
        return NUMBER.fullmatch(value) is not None
    return isinstance(value, (int, float, Decimal))
