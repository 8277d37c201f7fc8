"""Presets: how one kind of external system is asked and understood, as one TOML file."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from catalog_app.core.errors import FatalError

from .rules import (
    FIELDS,
    LISTS,
    VOCABULARY,
    CharacteristicRules,
    Derivation,
    FieldRule,
    ListRule,
    Paths,
    PriceRules,
    Rule,
)

PRESETS: Final = ("tmf620",)


class RequestRules(Rule):
    """What is asked for a page. A path that begins with "/" starts at the origin, another one at the base URL."""

    path: str
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _only_a_post_has_a_body(self) -> Self:
        if self.body is not None and self.method != "POST":
            raise ValueError("only a POST has a body")
        return self


class ApiKeyRules(Rule):
    place: Literal["header", "query"] = "header"
    name: str = "X-API-Key"


class BasicRules(Rule):
    """`headers` sends further secrets along: {header name = name of the secret}."""

    headers: dict[str, Literal["api_key", "api_secret"]] = Field(default_factory=dict)


class JwtLoginRules(Rule):
    login: str
    refresh: str | None = None
    prefix: Literal["JWT", "Bearer"] = "Bearer"


class AuthRules(Rule):
    """The auth kind of such a system unless it is set to another one, and the details of each kind."""

    kind: str = "none"
    api_key: ApiKeyRules = ApiKeyRules()
    basic: BasicRules = BasicRules()
    jwt_login: JwtLoginRules | None = None


EndProof = Literal["empty_page", "short_page", "absent_next"]


class NoPaging(Rule):
    """One answer holds everything."""

    kind: Literal["none"]


class OffsetLimitPaging(Rule):
    """Offset and limit, in the query or in the body; the step is the number of rows received."""

    kind: Literal["offset_limit"]
    size: Annotated[int, Field(ge=1, le=10_000)]
    offset: str = "offset"
    limit: str = "limit"
    place: Literal["query", "body"] = "query"
    next: Paths = ()
    end: Annotated[tuple[EndProof, ...], Field(min_length=1)] = ("empty_page",)


class NextLinkPaging(Rule):
    """Each answer holds the address of the next one; the last holds none."""

    kind: Literal["next_link_body"]
    next: Annotated[Paths, Field(min_length=1)]
    size: Annotated[int, Field(ge=1, le=10_000)] | None = None
    limit: str | None = None


Paging = Annotated[NoPaging | OffsetLimitPaging | NextLinkPaging, Field(discriminator="kind")]


class RecordRules(Rule):
    """Where the records of an answer are, and what identifies them. "@" is the whole answer, if it is a list."""

    paths: Annotated[Paths, Field(min_length=1)]
    id: Paths
    updated: Paths = ()
    total_header: str | None = None
    total_paths: Paths = ()


class DeletionRules(Rule):
    """How a source tells that a product is gone: it is absent from a complete listing, or its lifecycle says so."""

    by: tuple[Literal["absence", "lifecycle"], ...] = ("absence",)


class Preset(Rule):
    """One kind of external system."""

    name: str
    label: str
    request: RequestRules
    auth: AuthRules = AuthRules()
    paging: Paging
    records: RecordRules
    deletions: DeletionRules = DeletionRules()
    tables: dict[str, dict[str, str]] = Field(default_factory=dict)
    fields: dict[str, FieldRule]
    product_type: Derivation | None = None
    lists: dict[str, ListRule] = Field(default_factory=dict)
    prices: PriceRules | None = None
    characteristics: CharacteristicRules | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        faults = [*self._wrong_fields(), *self._wrong_tables(), *wrong_words(self.tables)]
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
    text = files(__package__).joinpath("presets", f"{name}.toml").read_text(encoding="utf-8")
    return read_preset(text, source=name)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the whole preset"


def _sentence(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")
