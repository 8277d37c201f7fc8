"""What a file says of customers, checked by the rules of one customer: a row at fault is rejected with its reason.

The rules stand in products/customers.py. They are asked once for each value that occurs, and for numbers once for the
least and the greatest: the numbers they allow have none between them that they refuse.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.text import clean_line
from catalog_app.products.customers import MAX_SEGMENTS, CustomerFeatures
from catalog_app.products.owned import MAX_OWNED, Owned, ProductKey
from catalog_app.recommendations.batches.columns import (
    UNTOLD,
    Block,
    Coded,
    Column,
    Integers,
    Lists,
    Numbers,
    Truths,
    as_sets,
    lists_of,
)
from catalog_app.recommendations.features import customer_features

OWNED: Final = "owned"
SEGMENTS: Final = "segments"
_WHOLE: Final = frozenset({"points"})
_FROM_CONTACTS: Final = frozenset({"times_taken", "last_offered"})
_KNOWN_ALREADY: Final = Sentence("A batch takes this from the contacts; leave it out.")


def checked(block: Block) -> Block:
    """Return the customers whose features can be taken, cleaned, and the others among the rejected.

    Lists become the sets of what is in them; `owned` becomes a list of product numbers and (system, external id).
    """
    faults: dict[int, str] = {}
    columns: dict[str, Column] = {}
    flat: dict[str, Column] = {}
    for name, column in block.columns.items():
        if name in _FROM_CONTACTS:
            _reject(faults, np.flatnonzero(_told(column)), name, str(_KNOWN_ALREADY))
            continue
        clean = _clean_name(name, len(block), faults)
        columns[clean] = _owned(name, column, faults) if name == OWNED else _feature(name, column, faults)
        flat |= _flat(clean, columns[clean])
    return Block(block.lines, block.customers, columns, block.rejected, flat).without(faults)


def _flat(name: str, column: Column) -> dict[str, Column]:
    """Return what models are told instead of a column in which objects stand, or lists of other things than words."""
    if not isinstance(column, Coded) or not any(isinstance(value, dict | list) for value in column.values):
        return {}
    members = [customer_features({name: value}) for value in column.values]
    found: dict[str, Column] = {}
    for member in dict.fromkeys(key for one in members for key in one):
        cells = Coded.of(_as_cell(one.get(member)) for one in members)
        codes = np.append(cells.codes, UNTOLD)
        found[member] = Coded(codes[column.codes], cells.values)
    return found


def _as_cell(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _told(column: Column) -> Truths:
    return column.codes != UNTOLD if isinstance(column, Coded) else column.told


def _clean_name(name: str, rows: int, faults: dict[int, str]) -> str:
    try:
        return clean_line(name)
    except ValueError as error:
        _reject(faults, range(rows), name, str(error))
        return name


def _feature(name: str, column: Column, faults: dict[int, str]) -> Column:
    match column:
        case Numbers():
            _check_numbers(name, column, faults)
            return column
        case Lists() if name == SEGMENTS or _are_words(column):
            return as_sets(_checked_words(name, _of_reasonable_length(name, column, MAX_SEGMENTS, faults), faults))
        case Lists():
            return _checked_values(name, as_sets(_of_reasonable_length(name, column, MAX_SEGMENTS, faults)), faults)
        case Coded():
            return _checked_values(name, column, faults)


def _are_words(lists: Lists) -> bool:
    return lists.values is not None and all(isinstance(value, str) for value in lists.values)


def _check_numbers(name: str, column: Numbers, faults: dict[int, str]) -> None:
    values = column.values[column.told]
    if not values.size:
        return
    extremes = {float(values.min()), float(values.max())}
    is_whole = name not in _WHOLE or bool((values == np.trunc(values)).all())
    if is_whole and not any(_fault(name, value) for value in extremes):
        return
    for value in np.unique(values):
        if fault := _fault(name, float(value)):
            same = np.isnan(column.values) if np.isnan(value) else column.values == value
            _reject(faults, np.flatnonzero(column.told & same), name, fault)


def _fault(name: str, value: Any) -> str | None:
    try:
        CustomerFeatures.of({name: value})
    except RuleError as error:
        return _words(error)
    return None


def _checked_values(name: str, column: Coded, faults: dict[int, str]) -> Coded:
    """Return the same with each value as the rules take it; one that they take for nothing counts as untold."""
    cleaned: list[Any] = []
    codes = np.full(len(column.values) + 1, UNTOLD, np.int64)
    for place, value in enumerate(column.values):
        taken = _taken(name, value, partial(_reject_code, faults, column, place, name))
        if taken is not None:
            codes[place] = len(cleaned)
            cleaned.append(taken)
    return Coded(codes[column.codes], cleaned)


def _checked_words(name: str, lists: Lists, faults: dict[int, str]) -> Lists:
    """Return the same lists with each word as the rules take it."""
    words: list[str] = []
    for place, value in enumerate(lists.values or ()):
        taken = _taken(name, [value], partial(_reject_entry, faults, lists, place, name))
        words.append(taken[0] if taken else "")
    return Lists(lists.starts, lists.entries, lists.told, words)


def _taken(name: str, value: Any, reject: Callable[[str], None]) -> Any:
    try:
        fact = CustomerFeatures.of({name: list(value) if isinstance(value, tuple) else value}).facts.get(name)
    except RuleError as error:
        reject(_words(error))
        return None
    if isinstance(fact, list) and all(isinstance(one, str) for one in fact):
        return tuple(sorted(set(fact)))
    return fact


def _owned(name: str, column: Column, faults: dict[int, str]) -> Lists:
    lists = _of_reasonable_length(name, _as_lists(column, faults), MAX_OWNED, faults)
    if lists.values is None:
        return _checked_ids(lists, faults)
    named: list[int | ProductKey] = []
    places = np.zeros(len(lists.values), np.int64)
    for place, value in enumerate(lists.values):
        found = _named(value)
        if isinstance(found, str):
            _reject_entry(faults, lists, place, name, found)
            continue
        places[place] = len(named)
        named.append(found)
    return Lists(lists.starts, places[lists.entries] if len(places) else lists.entries, lists.told, named)


def _checked_ids(lists: Lists, faults: dict[int, str]) -> Lists:
    if not lists.entries.size:
        return lists
    if any(isinstance(_named(int(extreme)), str) for extreme in (lists.entries.min(), lists.entries.max())):
        for entry in np.unique(lists.entries):
            if isinstance(found := _named(int(entry)), str):
                _reject(faults, np.unique(lists.owners[lists.entries == entry]), OWNED, found)
    return lists


def _as_lists(column: Column, faults: dict[int, str]) -> Lists:
    match column:
        case Lists():
            return column
        case Numbers():
            fractions = column.told & (column.values != np.trunc(column.values))
            _reject(faults, np.flatnonzero(fractions), OWNED, str(_named(0.5)))
            told = column.told & ~fractions
            starts = np.concatenate(([0], np.cumsum(told))).astype(np.int64)
            return Lists(starts, column.values[told].astype(np.int64), told)
        case Coded():
            lists = [_listed(value) for value in column.values]
            return lists_of([None if code == UNTOLD else lists[code] for code in column.codes])


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _named(value: Any) -> int | ProductKey | str:
    """Return the product that an entry names, or, as a sentence, why it names none."""
    try:
        owned = CustomerFeatures.of({OWNED: [value]}).owned or Owned()
    except RuleError as error:
        return _words(error)
    named: list[int | ProductKey] = [*owned.ids, *owned.keys]
    return named[0]


def _of_reasonable_length(name: str, lists: Lists, most: int, faults: dict[int, str]) -> Lists:
    long = np.flatnonzero(np.diff(lists.starts) > most)
    _reject(faults, long, name, str(Sentence("Use at most %(most)s entries.", most=most)))
    return lists


def _reject_code(faults: dict[int, str], column: Coded, place: int, name: str, words: str) -> None:
    _reject(faults, np.flatnonzero(column.codes == place), name, words)


def _reject_entry(faults: dict[int, str], lists: Lists, place: int, name: str, words: str) -> None:
    _reject(faults, np.unique(lists.owners[lists.entries == place]), name, words)


def _reject(faults: dict[int, str], rows: Iterable[int] | Integers, name: str, words: str) -> None:
    for row in rows:
        faults.setdefault(int(row), f"{name}: {words}")


def _words(error: RuleError) -> str:
    fields: Mapping[str, Any] = error.errors
    return " ".join(str(words) for words in fields.values())
