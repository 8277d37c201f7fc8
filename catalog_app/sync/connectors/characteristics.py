"""Name/value characteristics of a record, whichever of the usual shapes they come in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from catalog_app.core.errors import MappingError

from .casts import decimal
from .paths import Getter, compile_path, first_of
from .rules import CharacteristicRules, FeatureRule
from .text import CastError, clean, shown, snake

UNLIMITED: Final = "unlimited"
_BARE: Final = frozenset({str, int, Decimal})


@dataclass(frozen=True, slots=True)
class Characteristic:
    """`values` are the default ones if any is marked as default, else all of them in the source's order."""

    values: tuple[Any, ...]
    unit: str


class CharacteristicReader:
    """Finds the characteristics of a record and turns them into features and attributes."""

    def __init__(self, rules: CharacteristicRules) -> None:
        self._rules = rules
        self._lists = tuple(map(compile_path, rules.lists))
        self._objects = tuple(map(compile_path, rules.objects))
        self._name = compile_path(rules.name)
        self._value = compile_path(rules.value)
        self._unit = compile_path(rules.unit)
        self._choices: Getter = first_of(rules.choices) if rules.choices else lambda _entry: None
        self._features = {name: key for key, rule in rules.features.items() for name in rule.names}
        self._attributes = {name: key for key, names in rules.attributes.items() for name in names}
        self._known_names = self._features.keys() | self._attributes.keys()
        self._units: Mapping[str, Mapping[str, Fraction]] = {
            table: {unit.casefold(): factor for unit, factor in units.items()} for table, units in rules.units.items()
        }

    def read(self, record: Any) -> dict[str, Characteristic]:
        """Return the characteristics by key; where two lists name the same one, the first list has it."""
        found: dict[str, Characteristic] = {}
        for at in self._lists:
            entries = at(record)
            for entry in entries if isinstance(entries, list) else ():
                name = self._name(entry)
                key = snake(name) if isinstance(name, str) else ""
                if key and key not in found and (read := self._characteristic(entry)):
                    found[key] = read
        for at in self._objects:
            for name, value in _items(at(record)):
                key = snake(name)
                if key not in found and value not in (None, "") and self._is_wanted(key):
                    found[key] = Characteristic((value,), "")
        return found

    def _is_wanted(self, key: str) -> bool:
        return bool(key) and (not self._rules.only_known or key in self._known_names)

    def features(self, found: Mapping[str, Characteristic], *, claimed: frozenset[str]) -> dict[str, Any]:
        """Return known features in our units and unknown ones as they came; `claimed` fill other fields."""
        features: dict[str, Any] = {}
        for name, characteristic in found.items():
            if name in claimed or name in self._attributes:
                continue
            key = self._features.get(name, name)
            if key in features and name not in self._features:
                continue
            rule = self._rules.features.get(key)
            features[key] = _tried(f"features.{key}", characteristic, self._known(rule) if rule else _unknown)
        return features

    def attributes(self, found: Mapping[str, Characteristic]) -> dict[str, Any]:
        return {
            key: _tried(f"attributes.{key}", found[name], _unknown)
            for name, key in self._attributes.items()
            if name in found
        }

    def _characteristic(self, entry: Any) -> Characteristic | None:
        value = self._value(entry)
        if type(value) in _BARE:
            # Nearly all are: one value, its unit beside it.
            return Characteristic((value,), _unit_text(self._unit(entry))) if value != "" else None
        if value is not None:
            values, unit = self._unwrapped([value])
        else:
            choices = self._choices(entry)
            values, unit = self._unwrapped(_defaults_or_all(choices) if isinstance(choices, list) else [])
        values = tuple(item for item in values if item not in (None, ""))
        return Characteristic(values, _unit_text(unit) or _unit_text(self._unit(entry))) if values else None

    def _unwrapped(self, values: list[Any]) -> tuple[tuple[Any, ...], Any]:
        """Return bare values and the unit beside the first: {value, unitOfMeasure} is common for a value."""
        units = [self._unit(value) for value in values]
        bare = tuple(self._value(value) if isinstance(value, dict) and "value" in value else value for value in values)
        return bare, next((unit for unit in units if unit), None)

    def _known(self, rule: FeatureRule) -> Callable[[Characteristic], Any]:
        if rule.is_list:
            return lambda characteristic: _listed(characteristic, rule.separator)
        if rule.units:
            units = self._units[rule.units]
            return lambda characteristic: _quantity(characteristic, units)
        return _unknown


def _items(found: Any) -> Iterable[tuple[str, Any]]:
    return found.items() if isinstance(found, dict) else ()


def _defaults_or_all(choices: list[Any]) -> list[Any]:
    return [choice for choice in choices if isinstance(choice, dict) and choice.get("isDefault") is True] or choices


def _unit_text(unit: Any) -> str:
    if isinstance(unit, dict):
        unit = unit.get("units") or unit.get("name")
    return unit.strip().casefold() if isinstance(unit, str) else ""


def _tried(field: str, characteristic: Characteristic, cast: Callable[[Characteristic], Any]) -> Any:
    try:
        return cast(characteristic)
    except CastError as fault:
        raise MappingError(field, f"{shown(characteristic.values[0])} {fault}") from None


def _quantity(characteristic: Characteristic, units: Mapping[str, Fraction]) -> int | str:
    value, unit = characteristic.values[0], characteristic.unit
    if isinstance(value, str):
        text = value.strip().casefold()
        if text == UNLIMITED:
            return UNLIMITED
        digits = len(text) - len(text.lstrip("0123456789.,+-"))
        value, unit = text[:digits], text[digits:].strip() or unit
    if unit not in units:
        raise CastError(f"is in {shown(unit)}, a unit this preset does not know")
    amount = decimal(value)
    if amount < 0:
        raise CastError("is below zero")
    # Every feature with a unit is a whole number; what is a little of it must not become none of it.
    factor = units[unit]
    if factor.denominator == 1 and isinstance(value, int):
        return value * factor.numerator
    exact = Fraction(amount) * factor
    if (whole := round(exact)) == 0 < exact:
        raise CastError("is less than one of our units")
    return whole


def _plain_number(number: Fraction) -> int | float:
    return number.numerator if number.denominator == 1 else float(number)


def _listed(characteristic: Characteristic, separator: str) -> list[Any]:
    values: list[Any] = list(characteristic.values)
    if len(values) == 1 and isinstance(values[0], str):
        values = values[0].split(separator)
    elif len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    return list(dict.fromkeys(text for value in values if (text := clean(value))))


def _unknown(characteristic: Characteristic) -> Any:
    if len(characteristic.values) > 1:
        return [plain(value) for value in characteristic.values]
    value = characteristic.values[0]
    return f"{plain(value)} {characteristic.unit}".strip() if _has_unit(characteristic) else plain(value)


def _has_unit(characteristic: Characteristic) -> bool:
    # We know no conversion for it, and a number without its unit would say something else.
    return bool(characteristic.unit) and isinstance(characteristic.values[0], (int, Decimal, str))


def plain(value: Any) -> Any:
    """Return a decoded value as plain JSON that any database takes; raise CastError for text that none should."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Decimal):
        return _plain_number(Fraction(value))
    if isinstance(value, dict):
        return {clean(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
