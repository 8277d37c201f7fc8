"""A field that a source does not have, told from others by an ordered table of rules."""

from collections.abc import Callable, Mapping
from typing import Any

from .casts import Table
from .characteristics import Characteristic
from .paths import compile_path
from .rules import Derivation, DerivationRule

Found = Mapping[str, Characteristic]
Condition = Callable[[Any, Found], str | None]


class Deriver:
    """Returns what the first fitting rule says, and whether none fitted and the default was taken."""

    def __init__(self, derivation: Derivation, tables: Mapping[str, Table]) -> None:
        self._default = derivation.default
        self._conditions = tuple(_condition(rule, tables) for rule in derivation.rules)

    def __call__(self, record: Any, found: Found) -> tuple[str, bool]:
        for condition in self._conditions:
            if (target := condition(record, found)) is not None:
                return target, False
        return self._default, True


def _condition(rule: DerivationRule, tables: Mapping[str, Table]) -> Condition:
    values_of = _values(rule)
    words = tuple(word.casefold() for word in rule.contains)
    table = tables[rule.table] if rule.table else None

    def fits(value: Any) -> bool:
        if rule.equals is not None:
            return type(value) is type(rule.equals) and bool(value == rule.equals)
        return not words or (isinstance(value, str) and any(word in value.casefold() for word in words))

    def condition(record: Any, found: Found) -> str | None:
        for value in values_of(record, found):
            if fits(value):
                return table(value) if table else rule.then
        return None

    return condition


def _values(rule: DerivationRule) -> Callable[[Any, Found], list[Any]]:
    if rule.characteristic:
        return lambda _record, found: [found[name].values[0] for name in rule.characteristic if name in found]
    getters = tuple(map(compile_path, rule.path))

    def values(record: Any, _found: Found) -> list[Any]:
        reached = [getter(record) for getter in getters]
        flat = [item for value in reached for item in (value if isinstance(value, list) else [value])]
        return [item for item in flat if item is not None]

    return values
