"""Whether a record says of itself that it is gone."""

from collections.abc import Callable
from typing import Any

from .paths import PathError, first_of
from .record_rules import DeletionRules


def deletion_mark(rules: DeletionRules) -> Callable[[Any], bool]:
    """Return a function that tells whether a record bears the flag of a deleted one."""
    if rules.flag is None:
        return lambda _record: False
    find = first_of(rules.flag.path)
    # A bool equals an int for Python, not for a source: 1 is not true here.
    marks = {(type(value), _folded(value)) for value in rules.flag.values}

    def is_deleted(record: Any) -> bool:
        try:
            value = find(record)
        except PathError:
            return False
        return isinstance(value, (bool, int, str)) and (type(value), _folded(value)) in marks

    return is_deleted


def _folded(value: bool | int | str) -> bool | int | str:  # noqa: FBT001  # a value of a record, not a switch
    return value.casefold() if isinstance(value, str) else value
