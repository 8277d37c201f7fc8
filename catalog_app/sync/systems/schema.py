"""What people and programs may say of an external system, and every rule that it has to keep."""

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic import field_validator as for_field

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.text import clean_line
from catalog_app.core.wording import errors_by_field
from catalog_app.products.field_types import BlankIsNone, OneLine, Said
from catalog_app.products.terms import MANUAL
from catalog_app.sync.connectors.auth import AUTH_KINDS
from catalog_app.sync.connectors.preset import PRESETS, Preset, load_preset
from catalog_app.sync.connectors.rules import VOCABULARY
from catalog_app.sync.connectors.text import word
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.schedule.frequencies import check_frequency
from catalog_app.sync.systems.secrets import SECRETS, SecretInput

SETTINGS: Final = (
    "label", "preset", "base_url", "enabled", "auth_kind", "header_prefix", "params", "tables", "limits", "guards",
    "sync_frequency", "time_zone",
)  # fmt: skip
"""What is kept of a system beside its key and its secrets, in the order in which people are asked."""
OBJECTS: Final = ("params", "tables", "limits", "guards")
MAX_KEY: Final = 50
MAX_WORDS: Final = 500
_KEY: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", re.ASCII)
_PREFIX: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def checked_key(key: str) -> str:
    """Return the key of a new system; raise RuleError for what cannot be one."""
    try:
        cleaned = clean_line(key)
    except ValueError as fault:
        raise RuleError({"key": str(fault)}) from None
    if len(cleaned) > MAX_KEY:
        raise RuleError({"key": Sentence("Use at most %(most)s characters.", most=MAX_KEY)})
    if not _KEY.fullmatch(cleaned):
        raise RuleError({"key": Sentence("Use small letters, digits and hyphens, such as billing-east.")})
    if cleaned == MANUAL:
        raise RuleError({"key": Sentence("This is what products are kept under that people make here.")})
    return cleaned


def told_together(*parts: Callable[[], Any]) -> tuple[Any, ...]:
    """Return what each part returns; raise one RuleError with the faults of them all, so that nobody meets them one by one."""
    results: list[Any] = []
    faults: dict[str, str] = {}
    for part in parts:
        try:
            results.append(part())
        except RuleError as error:
            faults |= error.errors
    if faults:
        raise RuleError(faults)
    return tuple(results)


def _one_of(known: tuple[str, ...]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError(Sentence("Choose one of: %(known)s.", known=", ".join(known)))
        return value

    return AfterValidator(check)


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or re.search(r"[\s\\]", url):
        raise ValueError(Sentence("Use a whole address, such as https://bss.example/api."))
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            Sentence("Leave the user name and the password out of the address; they have fields of their own.")
        )
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        raise ValueError(Sentence("Leave out what begins with ? or #."))
    return url


def _prefix(value: str) -> str:
    if not _PREFIX.fullmatch(value):
        raise ValueError(Sentence("Use one word, such as Bearer or JWT."))
    return value


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(Sentence("Use a time zone by its name, such as Asia/Riyadh, or UTC."))
    return name


def _without_blanks(value: object) -> object:
    """Leave out what was not said, so that the default stands; what is no object is refused by the type."""
    if not isinstance(value, Mapping):
        return value
    return {name: inner for name, inner in value.items() if inner is not None and inner != ""}


def _words(value: object) -> object:
    """Compare words of a source as tables do: without case, with one space for every gap."""
    if not isinstance(value, Mapping):
        return value
    return {word(name) if isinstance(name, str) else name: ours for name, ours in value.items()}


Line = Annotated[str, Field(max_length=200), OneLine]
Percent = Annotated[int, Field(ge=0, le=100)]
Words = Annotated[
    dict[Annotated[Line, Said], Line],
    Field(max_length=MAX_WORDS),
    BeforeValidator(_words),
    BeforeValidator(_without_blanks),
]


class _Object(BaseModel):
    """Settings of which each has a default: only what was said is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LimitsInput(_Object):
    """Bounds of a run (connectors.Limits)."""

    attempts: Annotated[int, Field(ge=1, le=10)] | None = None
    page_seconds: Annotated[int, Field(ge=1, le=600)] | None = None
    run_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    max_rows: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    page_size: Annotated[int, Field(ge=1, le=10_000)] | None = None


class GuardsInput(_Object):
    """How much of a system one run may change by itself, in percent (guards.Guards)."""

    max_withdraw_percent: Percent | None = None
    max_change_percent: Percent | None = None
    max_reject_percent: Percent | None = None


class SystemInput(BaseModel):
    """The settings of an external system, checked. Its key and its secrets are told apart from them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Annotated[str, Field(max_length=100), OneLine, Said]
    preset: Annotated[str, OneLine, _one_of(PRESETS)]
    base_url: Annotated[
        Annotated[str, Field(max_length=2000), OneLine, AfterValidator(_address)] | None, BlankIsNone
    ] = None
    enabled: bool = True
    auth_kind: Annotated[Annotated[str, _one_of(tuple(AUTH_KINDS))] | None, BlankIsNone] = None
    header_prefix: Annotated[
        Annotated[str, Field(max_length=20), OneLine, AfterValidator(_prefix)] | None, BlankIsNone
    ] = None
    params: Annotated[dict[Line, Line], BeforeValidator(_without_blanks)] = {}
    tables: dict[Line, Words] = {}
    limits: Annotated[LimitsInput, BeforeValidator(_without_blanks)] = LimitsInput()
    guards: Annotated[GuardsInput, BeforeValidator(_without_blanks)] = GuardsInput()
    # The zone comes before what is read in it.
    time_zone: Annotated[str, OneLine, AfterValidator(_zone)] = "UTC"
    sync_frequency: Annotated[str, Field(max_length=100), OneLine, Said] = "manual"

    @for_field("sync_frequency")
    @classmethod
    def _is_a_frequency(cls, value: str, info: ValidationInfo) -> str:
        try:
            check_frequency(value, str(info.data.get("time_zone", "UTC")))
        except RuleError as fault:
            # The zone has been checked before, so this is about the frequency.
            raise ValueError(next(iter(fault.errors.values()))) from None
        return value

    @classmethod
    def check(cls, values: Mapping[str, Any], *, preset: str | None = None) -> Self:
        """Return the settings checked, or raise RuleError with a sentence for each field.

        `preset` is the one that the environment sets: then that one counts, and what depends on it is checked by it.
        """
        name = preset or values.get("preset")
        known = load_preset(name) if isinstance(name, str) and name in PRESETS else None
        try:
            checked = cls.model_validate(dict(values))
        except ValidationError as error:
            raise RuleError({**_misfits(values, known), **errors_by_field(error)}) from None
        if faults := _misfits(checked.stored(), known):
            raise RuleError(faults)
        return checked

    def stored(self) -> dict[str, Any]:
        """Return the settings as they are kept: only what differs from the defaults inside the objects."""
        values = self.model_dump(exclude_none=False)
        for name in OBJECTS:
            values[name] = {key: value for key, value in values[name].items() if value not in (None, {})}
        return values


def checked_secrets(values: Any) -> dict[str, SecretInput]:
    """Return what a client says of secrets, checked: {"value": ...}, {"env": ...}, or null to forget one.

    What a client has read ({"state": ...}) it may send back; it changes nothing.
    """
    found: dict[str, SecretInput] = {}
    faults: dict[str, str] = {}
    if not isinstance(values, Mapping):
        raise RuleError({"secrets": Sentence("Write this as an object.")})
    for name, said in values.items():
        try:
            if name not in SECRETS:
                raise ValueError(  # noqa: TRY301  # beside its field
                    Sentence("There is no such secret. There are %(secrets)s.", secrets=", ".join(SECRETS))
                )
            if (given := _secret(said)) is not None:
                given.check()
                found[name] = given
        except ValueError as fault:
            faults[f"secrets.{name}"] = str(fault)
    if faults:
        raise RuleError(faults)
    return found


def settings_of(system: ExternalSystem) -> dict[str, Any]:
    """Return what is kept of a system beside its key and its secrets; a copy, all through."""
    return deepcopy({name: getattr(system, name) for name in SETTINGS})


def _secret(said: Any) -> SecretInput | None:
    if said is None:
        return SecretInput()
    if isinstance(said, Mapping) and "state" in said:
        return None
    if isinstance(said, Mapping) and len(said) == 1:
        ((kind, text),) = said.items()
        if kind in ("value", "env") and isinstance(text, str):
            return SecretInput(value=text) if kind == "value" else SecretInput(variable=text)
    raise ValueError(Sentence('Send {"value": "..."}, {"env": "VARIABLE"}, or null to forget it.'))


def _misfits(values: Mapping[str, Any], preset: Preset | None) -> dict[str, str]:
    """Return what does not fit the preset, by field; nothing where the preset itself is not known."""
    return dict(_found_misfits(values, preset)) if preset else {}


def _found_misfits(values: Mapping[str, Any], preset: Preset) -> Iterator[tuple[str, str]]:
    kind = values.get("auth_kind")
    if isinstance(kind, str) and getattr(preset.auth, kind, True) is None:
        yield (
            "auth_kind",
            Sentence(
                "The preset %(label)s does not say how systems of its kind do this. Choose another.", label=preset.label
            ),
        )
    params, tables = values.get("params"), values.get("tables")
    for name, value in params.items() if isinstance(params, Mapping) else ():
        rule = preset.params.get(name)
        if rule is None:
            yield f"params.{name}", f"This preset has no such parameter. {_there_are(preset.params)}"
        elif isinstance(value, str) and not rule.admits(value):
            yield f"params.{name}", _PARAM_WORDS[rule.kind]
    for name, words in tables.items() if isinstance(tables, Mapping) else ():
        if name not in preset.tables:
            yield f"tables.{name}", f"This preset has no such table. {_there_are(preset.tables)}"
        elif (known := VOCABULARY.get(name)) and isinstance(words, Mapping):
            for theirs, ours in words.items():
                if isinstance(ours, str) and ours not in known:
                    yield (
                        f"tables.{name}.{theirs}",
                        Sentence("Choose one of: %(value)s.", value=", ".join(sorted(known))),
                    )


_PARAM_WORDS: Final = {
    "word": "Use one word of letters, digits and . _ : -",
    "words": Sentence("Use words of letters, digits and . _ : - with commas between them."),
    "path": Sentence("Use a path of such words with slashes between them, such as /oauth2/token."),
    "text": Sentence("Use a short text without quotes or slashes."),
}


def _there_are(names: Mapping[str, Any]) -> str:
    return f"There are {', '.join(names)}." if names else "It has none."
