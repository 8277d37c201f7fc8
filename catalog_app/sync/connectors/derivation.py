"""A field that a source does not have, told from others by an ordered table of rules."""

from collections.abc import Callable, Mapping
from typing import Any

from .casts import Table
from .characteristics import Characteristic
from .paths import compile_path
from .rules import Derivation, DerivationRule

Found = Mapping[str, Characteristic]
Condition = Callable[[list[Any]], str | None]


class Deriver:
    """Returns what the first fitting rule says, and whether none fitted and the default was taken."""

    def __init__(self, derivation: Derivation, tables: Mapping[str, Table]) -> None:
        self._default = derivation.default
        self._conditions = tuple(
            (rule.path, rule.characteristic, _condition(rule, tables)) for rule in derivation.rules
        )
        self._getters = {rule.path: tuple(map(compile_path, rule.path)) for rule in derivation.rules}

    def __call__(self, record: Any, found: Found) -> tuple[str, bool]:
        # Many rules look at the same paths; they are followed once.
        reached: dict[tuple[str, ...], list[Any]] = {}
        for path, names, condition in self._conditions:
            if names:
                values = [found[name].values[0] for name in names if name in found]
            elif (known := reached.get(path)) is not None:
                values = known
            else:
                values = reached[path] = self._values(path, record)
            if values and (target := condition(values)) is not None:
                return target, False
        return self._default, True

    def _values(self, path: tuple[str, ...], record: Any) -> list[Any]:
        values: list[Any] = []
        for getter in self._getters[path]:
            value = getter(record)
            values += value if isinstance(value, list) else [value]
        return [item.casefold() if isinstance(item, str) else item for item in values if item is not None]


def _condition(rule: DerivationRule, tables: Mapping[str, Table]) -> Condition:
    words = tuple(word.casefold() for word in rule.contains)
    table = tables[rule.table] if rule.table else None
    wanted = rule.equals.casefold() if isinstance(rule.equals, str) else rule.equals

    def fits(value: Any) -> bool:
        if wanted is not None:
            return type(value) is type(wanted) and bool(value == wanted)
        return not words or (isinstance(value, str) and any(word in value for word in words))

    def condition(values: list[Any]) -> str | None:
        for value in values:
            if fits(value):
                return table(value) if table else rule.then
        return None

    return condition
