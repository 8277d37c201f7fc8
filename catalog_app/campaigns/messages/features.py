"""The features of a product as messages place them: with their units, and as the reader writes numbers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from catalog_app.campaigns.messages import figures
from catalog_app.campaigns.messages.plain import plain_data
from catalog_app.campaigns.messages.values import Shown
from catalog_app.core.text import MAX_EXACT
from catalog_app.products.terms import FEATURES, UNLIMITED

_COUNTED: Final = frozenset(feature.key for feature in FEATURES if feature.unit is not None)
_DATA_MB, _DATA_GB = "data_mb", "data_gb"
_BINARY, _DECIMAL = 1024, 1000
_PLACES: Final = Decimal("0.01")

_UNLIMITED: Final = {
    "en": "unlimited",
    "ar": "غير محدود",
    "bn": "সীমাহীন",
    "de": "unbegrenzt",
    "es": "ilimitado",
    "fr": "illimité",
    "hi": "असीमित",
    "id": "tanpa batas",
    "it": "illimitato",
    "pt": "ilimitado",
    "ru": "безлимит",
    "tr": "sınırsız",  # noqa: RUF001  # Turkish
    "ur": "لامحدود",
    "zh": "不限量",
}


def features_for(features: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the features by name, and `data_gb` from `data_mb`; unlimited ones in a word of the language."""
    data = features.get(_DATA_MB)
    derived = {}
    if _DATA_GB not in features and data is not None:
        derived[_DATA_GB] = _shown(_DATA_MB, data if data == UNLIMITED else gigabytes(data), language)
    named = derived | {key: _shown(key, value, language) for key, value in features.items()}
    return {key: value for key, value in named.items() if value is not None}


def gigabytes(megabytes: int) -> Decimal:
    """Return how operators call this much data: 61,440 and 60,000 are both 60, 1,536 and 1,500 are 1.5.

    A gigabyte is 1,024 where that comes out even, to two places, else 1,000; and 1,024 rounded where neither does.
    """
    for unit in (_BINARY, _DECIMAL):
        amount = Decimal(megabytes) / unit
        if amount == amount.quantize(_PLACES):
            return amount
    return (Decimal(megabytes) / _BINARY).quantize(_PLACES)


def _shown(key: str, value: Any, language: str) -> Any:
    if value == UNLIMITED:
        base = language.replace("_", "-").partition("-")[0].lower()
        return _UNLIMITED.get(base, _UNLIMITED["en"])
    if key in _COUNTED and isinstance(value, int | Decimal) and not isinstance(value, bool) and value <= MAX_EXACT:
        return Shown.of(value, figures.number(value, language))
    return plain_data(value)
