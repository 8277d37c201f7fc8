"""The features of a product: known keys are typed and have units, unknown keys are kept as they came."""

from collections.abc import Mapping
from typing import Any

from catalog_app.core.errors import Sentence
from catalog_app.core.text import clean_json
from catalog_app.products.terms import FEATURES, UNLIMITED, Feature

MAX_FEATURES = 200
MAX_COUNT = 10**12
_KNOWN = {feature.key: feature for feature in FEATURES}


def check_features(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the features cleaned; raise ValueError with one sentence about the first that is wrong."""
    if len(values) > MAX_FEATURES:
        raise ValueError(Sentence("Use at most %(most)s features.", most=MAX_FEATURES))
    cleaned: dict[str, Any] = named(clean_json(dict(values)))
    return {key: _checked(_KNOWN[key], value) if key in _KNOWN else value for key, value in cleaned.items()}


def named(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values; raise ValueError where one has no name."""
    if "" in values:
        raise ValueError(Sentence("Give every entry a name."))
    return values


def _checked(feature: Feature, value: Any) -> Any:
    if feature.unit is None:
        return _words(feature.key, value)
    if isinstance(value, str):
        value = _count_from_text(feature, value)
    if value == UNLIMITED and feature.may_be_unlimited:
        return UNLIMITED
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        words: dict[str, Any] = {"key": feature.key, "unit": feature.unit}
        if feature.may_be_unlimited:
            raise ValueError(Sentence('%(key)s: use a whole number of %(unit)s or "unlimited".', **words))
        raise ValueError(Sentence("%(key)s: use a whole number of %(unit)s.", **words))
    return value


def _count_from_text(feature: Feature, text: str) -> str | int:
    word = text.strip().lower()
    if word == UNLIMITED and feature.may_be_unlimited:
        return UNLIMITED
    return int(word) if word.isascii() and word.isdecimal() else text


def _words(key: str, value: Any) -> list[str]:
    words = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError(Sentence("%(key)s: use a list of words.", key=key))
    return [word for word in words if word]
