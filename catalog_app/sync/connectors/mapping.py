"""The mapping of a preset, compiled: from a decoded record to the fields of a product."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import orjson

from catalog_app.core.errors import FatalError, MappingError

from .casts import LEFT_OUT, LIST_CASTS, VALUE_CASTS, Table, currency, minor_units
from .characteristics import Characteristic, CharacteristicReader, plain
from .derivation import Deriver
from .paths import Getter, PathError, compile_path, first_of
from .preset import Preset, wrong_words
from .prices import PriceReader, split
from .records import MappedRecord
from .rules import FieldRule, ListRule
from .text import CastError, shown

# Rises whenever the code of a cast or a reader gives another result for the same record: it is part
# of every source hash, so all records are then mapped again.
_CODE_VERSION: Final = 2

Tables = Mapping[str, Mapping[str, str]]
Found = Mapping[str, Characteristic]


class Mapper:
    """Maps records by one preset and the tables of one system. `version` is part of every source hash."""

    def __init__(self, preset: Preset, overrides: Tables) -> None:
        words = merged_tables(preset, overrides)
        tables = {name: Table(entries, name) for name, entries in words.items()}
        self.version = _version(preset, words)
        self._fields = {name: _FieldReader(rule, tables) for name, rule in preset.fields.items()}
        self._lists = {name: _ListReader(name, rule, tables) for name, rule in preset.lists.items()}
        self._deriver = Deriver(preset.product_type, tables) if preset.product_type else None
        self._characteristics = CharacteristicReader(preset.characteristics) if preset.characteristics else None
        self._prices = tuple(
            PriceReader(rules, types=tables["price_type"], cycles=tables["billing_cycle"]) for rules in preset.prices
        )
        self._main_currency = preset.main_currency.strip().upper()
        self._records = preset.records
        # A rule that only looks whether a feature is there does not use it up.
        features = preset.characteristics.features.values() if preset.characteristics else ()
        kept = {name for rule in features for name in rule.names}
        derived = preset.product_type.rules if preset.product_type else ()
        used = [rule.characteristic for rule in preset.fields.values()] + [rule.characteristic for rule in derived]
        self._claimed = frozenset(name for names in used for name in names) - kept

    def map(self, external_id: str, raw: Any, *, now: datetime) -> MappedRecord:
        """Return the product fields of a record; raise MappingError naming the field that is unusable."""
        if self._records.false_is_null and isinstance(raw, dict):
            raw = {key: None if self._is_unset(key, value) else value for key, value in raw.items()}
        found = self._characteristics.read(raw) if self._characteristics else {}
        values: dict[str, Any] = {name: _tried(name, reader, raw, found) for name, reader in self._fields.items()}
        for name, read in self._lists.items():
            values[name] = read(raw)
        defaults: tuple[str, ...] = ()
        if self._deriver:
            values["product_type"], was_default = _tried("product_type", self._deriver, raw, found)
            defaults = ("product_type",) if was_default else ()
        if self._characteristics:
            values["features"] = self._characteristics.features(found, claimed=self._claimed)
            values["attributes"] = self._characteristics.attributes(found)
        remap_at = None
        if self._prices:
            prices = [price for read in self._prices for price in _tried("prices", read, raw)]
            priced, remap_at = split(prices, now, main_currency=self._main_currency)
            values.update(priced)
        return MappedRecord(external_id, values, defaults, remap_at)

    def _is_unset(self, key: str, value: Any) -> bool:
        return value is False and key not in self._records.keeps_false


class _FieldReader:
    """Reads one field; raises CastError in words that begin with the value."""

    def __init__(self, rule: FieldRule, tables: Mapping[str, Table]) -> None:
        self._rule = rule
        self._path: Getter = first_of(rule.path) if rule.path else lambda _record: None
        self._currency: Getter = compile_path(rule.currency or "@")
        self._casts = tuple(self._cast_named(name, tables) for name in rule.casts)

    def __call__(self, record: Any, found: Found) -> Any:
        if self._rule.constant is not None:
            return self._rule.constant
        value = self._path(record)
        if value is None and self._rule.characteristic:
            value = next((found[name].values[0] for name in self._rule.characteristic if name in found), None)
        if value not in (None, "", []):
            value = self._cast(value, record)
        if value not in (None, "", []):
            return value
        if self._rule.required:
            raise CastError("is missing")
        return self._rule.default.copy() if isinstance(self._rule.default, list) else self._rule.default

    def _cast(self, value: Any, record: Any) -> Any:
        original = value
        try:
            for is_for_items, cast in self._casts:
                if is_for_items and isinstance(value, list):
                    found = [cast(item, record) for item in value if item not in (None, "")]
                    value = [item for item in found if item != LEFT_OUT]
                else:
                    value = cast(value, record)
        except CastError as fault:
            raise CastError(f"{shown(original)} {fault}") from None
        return value

    def _cast_named(self, name: str, tables: Mapping[str, Table]) -> tuple[bool, Callable[[Any, Any], Any]]:
        """Return whether the cast works on each item of a list, and the cast as a function of value and record."""
        if name == "join":
            return False, self._join
        if name == "minor_units":
            return True, self._minor_units
        if name in LIST_CASTS:
            whole = LIST_CASTS[name]
            return False, lambda value, _record: plain(whole(value))
        single = tables[self._rule.table] if name == "table" and self._rule.table else VALUE_CASTS[name]
        return True, lambda value, _record: single(value)

    def _join(self, value: Any, _record: Any) -> str:
        return self._rule.separator.join(value if isinstance(value, list) else [value])

    def _minor_units(self, value: Any, record: Any) -> Any:
        return minor_units(value, currency(self._currency(record)))


class _ListReader:
    """Reads a list of objects; an item with a word that the table leaves out is left out."""

    def __init__(self, name: str, rule: ListRule, tables: Mapping[str, Table]) -> None:
        self._name = name
        self._each = compile_path(rule.each)
        self._fields = {key: _FieldReader(field, tables) for key, field in rule.fields.items()}

    def __call__(self, record: Any) -> list[dict[str, Any]]:
        items = _tried(self._name, self._each, record)
        if items is None:
            return []
        if not isinstance(items, list):
            raise MappingError(self._name, f"{shown(items)} is not a list")
        rows = [
            {key: _tried(f"{self._name}.{key}", reader, item, {}) for key, reader in self._fields.items()}
            for item in items
        ]
        return [_given(row) for row in rows if LEFT_OUT not in row.values()]


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the source does not say, so that the product's own defaults hold."""
    return {key: value for key, value in row.items() if value is not None}


def merged_tables(preset: Preset, overrides: Tables) -> dict[str, dict[str, str]]:
    """Return the tables of a preset with a system's own words put over them; raise FatalError for faults."""
    faults = [f"there is no table {name!r}" for name in overrides.keys() - preset.tables.keys()]
    faults += wrong_words(overrides)
    if faults:
        raise FatalError(f"The mapping tables of this system have faults: {'; '.join(faults)}. Correct its settings.")
    return {name: {**words, **overrides.get(name, {})} for name, words in preset.tables.items()}


def _version(preset: Preset, tables: Tables) -> bytes:
    parts = preset.model_dump(
        mode="json",
        include={"fields", "lists", "product_type", "prices", "main_currency", "characteristics", "records"},
    )
    return blake2b(orjson.dumps([_CODE_VERSION, parts, tables], option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _tried(field: str, read: Callable[..., Any], *given: Any) -> Any:
    try:
        return read(*given)
    except (CastError, PathError) as fault:
        raise MappingError(field, str(fault)) from None
