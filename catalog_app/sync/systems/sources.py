"""External systems as the rest of the sync sees them: the row, and what the environment says over it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.errors import ConflictError, FatalError, NotFoundError, Sentence
from catalog_app.core.text import clean_line
from catalog_app.core.wiring import settings
from catalog_app.settings import SOURCE_KEYS
from catalog_app.sync.connectors.auth import SECRET_WORDS, needed_secrets
from catalog_app.sync.connectors.connector import Limits, SourceConfig
from catalog_app.sync.connectors.preset import Preset, load_preset
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems.secrets import opened


def find(session: Session, key: str) -> ExternalSystem | None:
    """Return the external system, None where there is none of this key."""
    return session.get(ExternalSystem, key) if _may_be_a_key(key) else None


def found(session: Session, key: str) -> ExternalSystem:
    """Return the external system, or raise NotFoundError."""
    system = find(session, key)
    if system is None:
        raise NotFoundError(Sentence("There is no external system %(key)r.", key=key))
    return system


def all_systems(session: Session) -> Sequence[ExternalSystem]:
    """Return every external system in the order in which people name them."""
    return session.scalars(select(ExternalSystem).order_by(ExternalSystem.position, ExternalSystem.key)).all()


def base_url(system: ExternalSystem) -> str | None:
    """Return where the system is; the environment wins over the row."""
    return settings().source(system.key).base_url or system.base_url


def preset_of(system: ExternalSystem) -> Preset:
    """Return the preset that counts for the system; raise FatalError where there is none of that name."""
    return load_preset(settings().source(system.key).preset or system.preset)


def source_config(
    system: ExternalSystem, *, typed: Mapping[str, str] | None = None, limits: Limits | None = None
) -> SourceConfig:
    """Return everything a connector needs to read the system, its secrets opened; use it at once and keep it nowhere.

    Field by field the environment wins over the row, and the row over the preset. `typed` are secrets that were not
    saved yet, `limits` take the place of the system's own. Raises ConflictError for what the settings lack: no system is
    asked, and no run begins, before its address and every secret that it cannot do without are there.
    """
    given, url = settings().source(system.key), base_url(system)
    if url is None:
        raise ConflictError(_nowhere(system))
    try:
        preset = preset_of(system)
        kind = given.auth_kind or system.auth_kind or preset.auth.kind
        said = {**(typed or {}), **given.secrets()}
        needed = needed_secrets(kind, preset)
        kept = [name for name in needed if name in system.secrets and name not in said]
        secrets = {name: opened(system.secrets, name) for name in kept} | said
    except FatalError as fault:
        reason = Sentence("%(label)s is not configured: %(fault)s", label=system.label, fault=str(fault))
        raise ConflictError(reason) from None
    if missing := [name for name in needed if name not in secrets]:
        reason = _unset(system.key, missing)
        raise ConflictError(Sentence("%(label)s is not configured: %(fault)s", label=system.label, fault=reason))
    return SourceConfig(
        key=system.key,
        label=system.label,
        base_url=url,
        preset=preset,
        params=system.params,
        tables=system.tables,
        limits=limits or Limits(**system.limits),
        auth_kind=kind,
        secrets=secrets,
        header_prefix=given.auth_prefix or system.header_prefix,
        allow_loopback=settings().allow_loopback_sources,
        allowed_hosts=settings().source_hosts,
    )


def ready_config(system: ExternalSystem) -> SourceConfig:
    """Return the same for a run; raise ConflictError where the system is switched off, too."""
    if not system.enabled:
        raise ConflictError(
            Sentence("%(label)s is switched off. Switch it on in its settings to read it.", label=system.label)
        )
    return source_config(system)


def _nowhere(system: ExternalSystem) -> Sentence:
    if system.key not in SOURCE_KEYS:
        return Sentence(
            "%(label)s is not configured: nobody said where it is. Enter its address in its settings.",
            label=system.label,
        )
    return Sentence(
        "%(label)s is not configured: nobody said where it is. Enter its address in its settings or set %(variable)s.",
        label=system.label,
        variable=f"CATALOG_{system.key.upper()}_BASE_URL",
    )


_UNSET = {
    (True, False): Sentence("the %(words)s is not set. Enter it in its settings."),
    (True, True): Sentence("the %(words)s is not set. Enter it in its settings or set %(variables)s."),
    (False, False): Sentence("the %(words)s are not set. Enter them in its settings."),
    (False, True): Sentence("the %(words)s are not set. Enter them in its settings or set %(variables)s."),
}


def _unset(key: str, names: Sequence[str]) -> Sentence:
    """Say which secrets nobody set, and where they can be."""
    variables = _listed([f"CATALOG_{key}_{name}".upper() for name in names])
    template = _UNSET[len(names) == 1, key in SOURCE_KEYS].template
    return Sentence(template, words=_listed([SECRET_WORDS[name] for name in names]), variables=variables)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _may_be_a_key(text: str) -> bool:
    """Return whether a database may be asked for it: a NUL is an error to one of them."""
    try:
        return clean_line(text) == text
    except ValueError:
        return False
