"""Features as they are told: names with numbers, words, yes or no, or several words at once."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

Scalar = str | int | float | bool | Decimal | None
FeatureValue = Scalar | Sequence[str]
Features = Mapping[str, FeatureValue]
NumericMap = Literal["linear", "log", "bins"]

LARGEST = 1e15
"""Numbers beyond count as this, so that no sum of squares overflows."""


def number_of(name: str, value: FeatureValue) -> float:
    """Read a number; NaN if there is none to read. Raises ValueError, naming the feature, if it is not finite."""
    if (type(value) is float or type(value) is int) and -LARGEST <= value <= LARGEST:
        return value
    if value is None or value == "" or not isinstance(value, (str, int, float, Decimal)):
        return math.nan
    try:
        number = float(value)
    except ValueError:
        return math.nan
    except OverflowError:
        raise ValueError(f"{name}: a number this large cannot be read") from None
    if isinstance(value, str) and not math.isfinite(number):
        return math.nan
    return min(max(finite(name, number), -LARGEST), LARGEST)


def text_of(name: str, value: FeatureValue) -> str | None:
    """Write a value as the name of a category; None if nothing was told. 3, 3.0 and "3" are one category.

    Raises ValueError, naming the feature, if a number is not finite or the value is of no kind that a feature can be.
    """
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return _number_text(name, value)
    return "|".join(sorted(texts_of(name, value))) or None


def texts_of(name: str, value: FeatureValue) -> tuple[str, ...]:
    """Write what was told as several categories; one value is one category."""
    if value is None or isinstance(value, (str, int, float, Decimal)):
        text = text_of(name, value)
        return () if text is None else (text,)
    # A ValueError, as for every other value that cannot be a feature: callers name it to whoever sent it.
    if isinstance(value, Mapping) or not isinstance(value, (list, tuple, set, frozenset)):
        raise ValueError(f"{name}: a feature is a number, a text, yes or no, or a list of texts")  # noqa: TRY004
    parts: list[str] = []
    for part in value:
        if part is not None and not isinstance(part, (str, int, float, Decimal)):
            raise ValueError(f"{name}: a list holds texts or numbers")
        parts.extend(texts_of(name, part))
    return tuple(parts)


def label_of(name: str) -> str:
    """`data_used` -> "Data used"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def finite(name: str, number: float) -> float:
    """The number itself. Raises ValueError, naming the feature, if it is NaN or infinite."""
    if not math.isfinite(number):
        raise ValueError(f"{name}: {number} is not a finite number")
    return number


def _number_text(name: str, value: float | Decimal) -> str:
    if isinstance(value, int):
        return str(value)
    number = finite(name, float(value))
    return str(int(number)) if number.is_integer() and abs(number) < LARGEST else repr(number)
