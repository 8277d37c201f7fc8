"""How an external system is set up: each setting, what it says, and who said it. Never a secret."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from catalog_app.core.errors import FatalError
from catalog_app.core.wiring import settings
from catalog_app.settings import PREFIX, SOURCE_KEYS, SourceSettings
from catalog_app.sync.connectors.preset import Preset, load_preset
from catalog_app.sync.models import ExternalSystem

Origin = Literal["environment", "catalogue", "preset", "nowhere"]

# A name and a password may stand in an address; neither is for everybody who looks at the settings.
_USER_INFO = re.compile(r"//[^/@]*@")
CREDENTIALS: Final[dict[str, tuple[str, ...]]] = {
    "none": (),
    "api_key": ("api_key",),
    "basic": ("username", "password"),
    "bearer": ("token",),
    "jwt_login": ("username", "password"),
}
"""What each auth kind cannot do without."""


@dataclass(frozen=True)
class SettingFact:
    """One setting. `value` is None for a secret, whose worth nobody is shown, and for what is not set."""

    name: str
    variable: str | None
    value: str | None
    origin: Origin
    is_secret: bool = False
    is_needed: bool = True

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
    facts: tuple[SettingFact, ...]
    fault: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the environment variables that have to be set, or set otherwise, before the system can be read."""
        wrong = {"preset"} if self.fault else set()
        return tuple(
            fact.variable or fact.name
            for fact in self.facts
            if (fact.is_needed and not fact.is_set) or fact.name in wrong
        )

    @property
    def is_configured(self) -> bool:
        return not self.missing


def setup_of(system: ExternalSystem) -> SystemSetup:
    """Return how the system is set up; what the environment says wins over the row, and the row over the preset."""
    given = settings().source(system.key)
    name = given.preset or system.preset
    preset, fault = _preset(name)
    return SystemSetup(
        key=system.key,
        label=system.label,
        preset=name,
        preset_label=preset.label if preset else name,
        facts=tuple(_facts(system, given, preset)),
        fault=fault,
    )


def _preset(name: str) -> tuple[Preset | None, str | None]:
    try:
        return load_preset(name), None
    except FatalError as error:
        return None, str(error)


def _facts(system: ExternalSystem, given: SourceSettings, preset: Preset | None) -> Iterator[SettingFact]:
    yield _plain(system, "base_url", given.base_url, system.base_url, "catalogue")
    yield _plain(system, "preset", given.preset, system.preset, "catalogue")
    kind = preset.auth.kind if preset else None
    yield _plain(system, "auth_kind", given.auth_kind, kind, "preset", is_needed=False)
    needed = CREDENTIALS.get(given.auth_kind or kind or "none", ())
    secrets = given.secrets()
    for name in dict.fromkeys((*needed, *secrets)):
        yield SettingFact(
            name=name,
            variable=_variable(system.key, name),
            value=None,
            origin="environment" if secrets.get(name) else "nowhere",
            is_secret=True,
            is_needed=name in needed,
        )


def _plain(
    system: ExternalSystem,
    name: str,
    given: str | None,
    otherwise: str | None,
    origin: Origin,
    *,
    is_needed: bool = True,
) -> SettingFact:
    said: Origin = "environment" if given else origin if otherwise else "nowhere"
    value = _USER_INFO.sub("//", given or otherwise or "") or None
    return SettingFact(name, _variable(system.key, name), value, said, is_needed=is_needed)


def _variable(key: str, name: str) -> str | None:
    """Return the environment variable of a setting; only the systems that everybody has can be set there."""
    return f"{PREFIX}{key}_{name}".upper() if key in SOURCE_KEYS else None
