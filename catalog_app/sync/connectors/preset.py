"""Presets: how one kind of external system is asked and understood, as one TOML file."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from catalog_app.core.errors import FatalError

from .auth_rules import AuthRules
from .paging_rules import Paging
from .params import AFTER, SINCE, Params, filled, places_in, settled
from .record_rules import DeletionRules, RecordRules
from .request_rules import IncrementalRules, JoinRules, PartitionRules, RequestRules
from .rules import (
    FIELDS,
    LISTS,
    VOCABULARY,
    CharacteristicRules,
    Derivation,
    FieldRule,
    ListRule,
    PriceRules,
    Rule,
)

_FOLDER: Final = files(__package__).joinpath("presets")

# A file in the folder is all that a further system needs.
PRESETS: Final = tuple(
    sorted(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir() if entry.name.endswith(".toml"))
)

# The parts of a preset in which a place may stand for a parameter.
_WITH_PLACES: Final = ("request", "auth", "partitions", "incremental", "join", "prices", "main_currency")


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, Mapping) else value


class Preset(Rule):
    """One kind of external system."""

    name: str
    label: str
    params: Params = Field(default_factory=dict)
    request: RequestRules
    partitions: PartitionRules | None = None
    incremental: IncrementalRules | None = None
    auth: AuthRules = AuthRules()
    paging: Paging
    records: RecordRules
    join: JoinRules | None = None
    deletions: DeletionRules = DeletionRules()
    tables: dict[str, dict[str, str]] = Field(default_factory=dict)
    fields: dict[str, FieldRule]
    product_type: Derivation | None = None
    lists: dict[str, ListRule] = Field(default_factory=dict)
    prices: Annotated[tuple[PriceRules, ...], BeforeValidator(_as_tuple)] = ()
    main_currency: str = ""
    characteristics: CharacteristicRules | None = None

    @property
    def is_incremental(self) -> bool:
        """Whether such a system can be asked for its changes alone."""
        return self.incremental is not None

    def filled(self, params: Mapping[str, str]) -> Self:
        """Return the preset with its parameters in their places; raise FatalError for a wrong parameter."""
        given = settled(self.params, params)
        if not given:
            return self
        said = self.model_dump(mode="json", exclude_unset=True)
        return type(self).model_validate(
            {**said, **{key: filled(said[key], given) for key in _WITH_PLACES & said.keys()}}
        )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        faults = [
            *self._wrong_fields(),
            *self._wrong_tables(),
            *wrong_words(self.tables),
            *self._wrong_places(),
            *self._wrong_changes(),
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _wrong_fields(self) -> Iterator[str]:
        for kind, given, known in (("field", self.fields, FIELDS), ("list", self.lists, LISTS)):
            for name in given.keys() - known:
                yield f"a product has no {kind} {name!r} that a source may fill"
        for name in {"name", "lifecycle_status"} - self.fields.keys():
            yield f"the field {name!r} is not mapped"
        if "product_type" not in self.fields and self.product_type is None:
            yield "the field 'product_type' is neither mapped nor derived"

    def _wrong_tables(self) -> Iterator[str]:
        used = {rule.table for rule in self._field_rules() if rule.table}
        used |= {rule.table for rule in (self.product_type.rules if self.product_type else ()) if rule.table}
        if self.prices:
            used |= {"price_type", "billing_cycle"}
        for name in used - self.tables.keys():
            yield f"there is no table {name!r}"
        if self.product_type:
            derived = {self.product_type.default, *(rule.then for rule in self.product_type.rules if rule.then)}
            yield from wrong_words({"product_type": dict.fromkeys(derived, "")}, of_keys=True)

    def _wrong_places(self) -> Iterator[str]:
        for section in _WITH_PLACES:
            rules = getattr(self, section)
            known = {*self.params, AFTER, SINCE} if section == "incremental" else {*self.params, AFTER}
            said = [rule.model_dump(mode="json") for rule in rules] if isinstance(rules, tuple) else rules
            said = said.model_dump(mode="json") if isinstance(said, Rule) else said
            for name in sorted(set(places_in(said)) - known):
                yield f"{section} has a place {name!r}, but there is no such parameter"

    def _wrong_changes(self) -> Iterator[str]:
        for name in {AFTER, SINCE} & self.params.keys():
            yield f"{name!r} is a place of its own and cannot be a parameter"
        if self.incremental and self.join:
            yield "a change in what is joined would be missed by an incremental listing, so it cannot have both"

    def _field_rules(self) -> Iterable[FieldRule]:
        yield from self.fields.values()
        for rule in self.lists.values():
            yield from rule.fields.values()


def wrong_words(tables: Mapping[str, Mapping[str, str]], *, of_keys: bool = False) -> Iterator[str]:
    """Yield a sentence for each word that a table turns something into and that our own vocabulary does not have."""
    for name, words in tables.items():
        known = VOCABULARY.get(name)
        targets = set(words if of_keys else words.values())
        for target in sorted(targets - known) if known else ():
            yield f"{target!r} is no {name} of ours"


def read_preset(text: str, *, source: str) -> Preset:
    """Return the preset that a TOML text describes, or raise FatalError with every fault in one message."""
    try:
        return Preset.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise FatalError(f"The preset {source} is not TOML: {fault}. Correct the file.") from None
    except ValidationError as fault:
        faults = "\n".join(f"- {_place(error['loc'])}: {_sentence(error)}" for error in fault.errors())
        raise FatalError(f"The preset {source} has faults:\n{faults}") from None


def load_preset(name: str) -> Preset:
    """Return a shipped preset; raise FatalError for a name that is not in PRESETS."""
    if name not in PRESETS:
        raise FatalError(f"There is no preset {name!r}. Choose one of: {', '.join(PRESETS)}.")
    return read_preset(_FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8"), source=name)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the whole preset"


def _sentence(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")
