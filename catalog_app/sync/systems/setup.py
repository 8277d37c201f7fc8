"""How an external system is set up: each setting, what it says, and who said it. Never a secret."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from catalog_app.core.errors import FatalError
from catalog_app.core.wiring import settings
from catalog_app.settings import PREFIX, SOURCE_KEYS, SourceSettings
from catalog_app.sync.connectors.auth import needed_secrets
from catalog_app.sync.connectors.preset import Preset
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems.secrets import fact_of, fault_of
from catalog_app.sync.systems.sources import preset_of

Origin = Literal["environment", "settings", "preset", "default", "nowhere"]
"""Who said it: the environment of the service, the settings page, the preset, we ourselves, or nobody."""

# A name and a password may stand in an address; neither is for everybody who looks at the settings.
_USER_INFO = re.compile(r"//[^/@]*@")
_GROUPS: Final = ("tables", "limits", "guards")


@dataclass(frozen=True)
class SettingFact:
    """One setting. `value` is None for a secret, whose worth nobody is shown, and for what is not set.

    `variable` is the environment variable that sets it, or could; of a secret also the one that it is read from.
    `kept` says of a secret how it is kept: "sealed", or "from env NAME".
    """

    name: str
    variable: str | None
    value: str | None
    origin: Origin
    is_secret: bool = False
    is_needed: bool = True
    kept: str | None = None

    @property
    def is_set(self) -> bool:
        return self.origin != "nowhere"


@dataclass(frozen=True)
class SystemSetup:
    """Everything about how a system is set up. `fault` says in words what cannot work, whatever else is set."""

    key: str
    label: str
    preset: str
    preset_label: str
    auth_kind: str
    facts: tuple[SettingFact, ...]
    fault: str | None = None
    # Whether such a system can be asked for its changes alone.
    is_incremental: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what has to be set before the system can be read: environment variables where there are, else names."""
        return tuple(fact.variable or fact.name for fact in self.facts if fact.is_needed and not fact.is_set)

    @property
    def is_configured(self) -> bool:
        return not self.missing and self.fault is None

    def fact(self, name: str) -> SettingFact | None:
        """Return the setting with this name."""
        return next((fact for fact in self.facts if fact.name == name), None)

    def is_fixed(self, name: str) -> bool:
        """Return whether the environment says it, so that nobody can say otherwise on the page."""
        fact = self.fact(name)
        return fact is not None and fact.origin == "environment"


def setup_of(system: ExternalSystem) -> SystemSetup:
    """Return how the system is set up; what the environment says wins over the row, and the row over the preset."""
    given = settings().source(system.key)
    try:
        preset, fault = preset_of(system), None
    except FatalError as error:
        preset, fault = None, str(error)
    kind = given.auth_kind or system.auth_kind or (preset.auth.kind if preset else "none")
    needed = needed_secrets(kind, preset)
    faults = (fault_of(system.secrets, name) for name in needed if name not in given.secrets())
    name = given.preset or system.preset
    return SystemSetup(
        key=system.key,
        label=system.label,
        preset=name,
        preset_label=preset.label if preset else name,
        auth_kind=kind,
        facts=(*_connection(system, given, preset), *_credentials(system, given, needed), *_rest(system, preset)),
        fault=fault or next((told for told in faults if told), None),
        is_incremental=preset is not None and preset.is_incremental,
    )


def variable_of(key: str, name: str) -> str | None:
    """Return the environment variable of a setting; only the systems that everybody has can be set there."""
    named = "auth_prefix" if name == "header_prefix" else name
    is_known = key in SOURCE_KEYS and named in SourceSettings.model_fields
    return f"{PREFIX}{key}_{named}".upper() if is_known else None


def _connection(system: ExternalSystem, given: SourceSettings, preset: Preset | None) -> Iterator[SettingFact]:
    yield _plain(system, "base_url", given.base_url, system.base_url)
    yield _plain(system, "preset", given.preset, system.preset)
    own = preset.auth.kind if preset else None
    yield _plain(system, "auth_kind", given.auth_kind, system.auth_kind, preset=own, is_needed=False)
    yield _plain(system, "header_prefix", given.auth_prefix, system.header_prefix, is_needed=False)


def _credentials(system: ExternalSystem, given: SourceSettings, needed: tuple[str, ...]) -> Iterator[SettingFact]:
    said = given.secrets()
    for name in dict.fromkeys((*needed, *said, *system.secrets)):
        kept = fact_of(system.secrets, name)
        by_environment = name in said
        here: Origin = "nowhere" if kept.kind == "unset" else "settings"
        yield SettingFact(
            name=name,
            variable=variable_of(system.key, name) if by_environment or kept.kind != "env" else kept.variable,
            value=None,
            origin="environment" if by_environment else here,
            is_secret=True,
            is_needed=name in needed,
            kept=None if by_environment or here == "nowhere" else str(kept),
        )


def _rest(system: ExternalSystem, preset: Preset | None) -> Iterator[SettingFact]:
    for name, rule in (preset.params if preset else {}).items():
        own = system.params.get(name)
        origin: Origin = "preset" if own is None else "settings"
        yield SettingFact(f"params.{name}", None, rule.default if own is None else own, origin, is_needed=False)
    for name, usual in (("sync_frequency", "manual"), ("time_zone", "UTC")):
        value = getattr(system, name)
        yield SettingFact(name, None, value, "default" if value == usual else "settings", is_needed=False)
    for group in _GROUPS:
        for path, value in _leaves(group, getattr(system, group)):
            yield SettingFact(path, None, str(value), "settings", is_needed=False)


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict):
        yield path, value
        return
    for name, inner in value.items():
        yield from _leaves(f"{path}.{name}", inner)


def _plain(
    system: ExternalSystem,
    name: str,
    given: str | None,
    kept: str | None,
    *,
    preset: str | None = None,
    is_needed: bool = True,
) -> SettingFact:
    origin: Origin = "environment" if given else "settings" if kept else "preset" if preset else "nowhere"
    value = _USER_INFO.sub("//", given or kept or preset or "") or None
    return SettingFact(name, variable_of(system.key, name), value, origin, is_needed=is_needed)
