"""External systems: added, changed, switched on and off, deleted, and their secrets kept.

Every use case is one transaction with one revision. Of secrets a revision says how they are kept, never what they are.
Nothing here waits for a run: a run writes the system's state and its own rows, never the settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import Select, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import ConflictError, FatalError, RuleError, Sentence, StaleError
from catalog_app.core.sealing import SealedElsewhere
from catalog_app.core.wiring import providers
from catalog_app.events.service import record_revision, revisions_named
from catalog_app.events.webhooks import service as webhooks
from catalog_app.products.models import Product
from catalog_app.settings import SOURCE_KEYS
from catalog_app.sync.models import ExternalSystem, SyncRun, SystemState
from catalog_app.sync.runs.lease import is_held
from catalog_app.sync.systems.readdressing import readdressed
from catalog_app.sync.systems.schema import SystemInput, checked_key, settings_of
from catalog_app.sync.systems.secrets import SecretInput, fact_of, kept_of, resealed
from catalog_app.sync.systems.sources import found

log = structlog.get_logger()
SUBJECT: Final = "external_system"
# A system is known by its key, which history keeps as the name; it has no number of its own.
NO_NUMBER: Final = 0
LAST_POSITION: Final = 100

Secrets = Mapping[str, SecretInput]


@dataclass(frozen=True)
class Resealed:
    """What came of sealing anew: how many secrets of how many systems, and how many the first key had sealed already."""

    secrets: int
    systems: int
    unchanged: int


def create_system(key: str, checked: SystemInput, *, secrets: Secrets | None = None, actor: str) -> ExternalSystem:
    """Add a system. Raises RuleError for its key or a secret, ConflictError where the key is taken."""
    kept = _kept({}, secrets or {})
    system = ExternalSystem(
        key=checked_key(key), position=LAST_POSITION, secrets=kept, state=SystemState(), **checked.stored()
    )
    changes = {name: [None, value] for name, value in checked.stored().items() if value not in (None, {})}
    try:
        with writing() as session:
            if session.get(ExternalSystem, system.key) is not None:
                raise ConflictError(Sentence("There is already a system %(key)s.", key=system.key))
            session.add(system)
            session.flush()
            _tell(session, system, {**changes, **_told({}, kept)}, action="created", actor=actor)
    except IntegrityError:
        raise ConflictError(Sentence("There is already a system %(key)s.", key=system.key)) from None
    log.info("external system added", system=system.key, actor=actor)
    return system


def update_system(
    key: str,
    checked: SystemInput,
    *,
    secrets: Secrets | None = None,
    expected_version: int | None,
    actor: str,
) -> ExternalSystem:
    """Change the settings of a system, and the secrets that are named.

    Raises StaleError where the system is not at the expected version; None takes whatever stands. Raises RuleError for
    a sealed secret that is not entered again though the address leads to another server.
    """
    with writing() as session:
        system = _for_change(session, key, expected_version)
        said = readdressed(system, checked.base_url, secrets or {})
        _write(session, system, checked.stored(), said, actor=actor)
        return system


def set_enabled(key: str, *, enabled: bool, expected_version: int | None = None, actor: str) -> ExternalSystem:
    """Switch a system on or off; one that is off is neither due nor read, and what came from it stays."""
    with writing() as session:
        system = _for_change(session, key, expected_version)
        _write(session, system, {"enabled": enabled}, {}, actor=actor)
        return system


def set_secret(key: str, name: str, given: SecretInput, *, actor: str) -> ExternalSystem:
    """Keep one secret of a system, in the place of what was kept under its name."""
    with writing() as session:
        system = _for_change(session, key, None)
        _write(session, system, {}, {name: given}, actor=actor)
        return system


def forget_secret(key: str, name: str, *, actor: str) -> ExternalSystem:
    """Forget one secret of a system; one that is not kept is forgotten already."""
    return set_secret(key, name, SecretInput(), actor=actor)


def delete_system(key: str, *, expected_version: int | None = None, actor: str) -> None:
    """Delete a system with its runs; its deleted products stay in the history.

    Raises ConflictError while a product of it is alive or a run goes on, and for a system that every installation has.
    """
    with writing() as session:
        system = _for_change(session, key, expected_version)
        if reason := reason_to_keep(session, system):
            raise ConflictError(reason)
        session.execute(delete(SyncRun).where(SyncRun.external_system == key))
        _tell(session, system, {"label": [system.label, None]}, action="deleted", actor=actor)
        session.delete(system)
    log.info("external system deleted", system=key, actor=actor)


def reason_to_keep(session: Session, system: ExternalSystem) -> str | None:
    """Return in words why a system cannot be deleted now, None where it can."""
    if system.key in SOURCE_KEYS:
        return Sentence("%(label)s belongs to every installation. Switch it off instead.", label=system.label)
    alive = (Product.external_system == system.key, Product.deleted_at.is_(None))
    count = session.execute(select(func.count()).select_from(Product).where(*alive)).scalar_one()
    if count:
        if count == 1:
            return Sentence(
                "1 product comes from %(label)s. Delete the products first, or switch the system off.",
                label=system.label,
            )
        return Sentence(
            "%(count)s products come from %(label)s. Delete the products first, or switch the system off.",
            count=f"{count:,}",
            label=system.label,
        )
    if is_held(system.state, now=utcnow()):
        return Sentence("%(label)s is being synced now. Wait for the run to end, or cancel it.", label=system.label)
    return None


def reseal_secrets(*, actor: str) -> Resealed:
    """Seal every secret anew that the first encryption key does not open; then the other keys are not needed any more.

    Those of webhooks and of other rooms, too. All or nothing: raises FatalError, naming the system, for a secret that no key opens.
    """
    with writing() as session:
        webhooks.reseal(session)
        for room in providers(SealedElsewhere):
            room.reseal(session)
        secrets = systems = sealed = 0
        for system in session.scalars(_unlocked_state().order_by(ExternalSystem.key)):
            try:
                anew = resealed(system.secrets)
            except FatalError as fault:
                raise FatalError(
                    Sentence("%(label)s: %(fault)s Nothing was sealed anew.", label=system.label, fault=fault)
                ) from None
            sealed += sum("sealed" in entry for entry in anew.values())
            names = [name for name, entry in anew.items() if entry != system.secrets[name]]
            if not names:
                continue
            system.secrets = anew
            session.flush()
            told = {f"secrets.{name}": ["sealed", "sealed with another key"] for name in names}
            _tell(session, system, told, action="resealed", actor=actor)
            secrets, systems = secrets + len(names), systems + 1
    return Resealed(secrets, systems, sealed - secrets)


def _write(
    session: Session, system: ExternalSystem, values: Mapping[str, Any], secrets: Secrets, *, actor: str
) -> None:
    """Write what differs and tell history; what differs in nothing writes nothing."""
    before = settings_of(system)
    changes: dict[str, Any] = {name: [before[name], value] for name, value in values.items() if before[name] != value}
    for name in changes:
        setattr(system, name, values[name])
    kept = _kept(system.secrets, secrets)
    changes |= _told(system.secrets, kept)
    if kept != system.secrets:
        system.secrets = kept
    if changes:
        session.flush()
        _tell(session, system, changes, action="updated", actor=actor)
        log.info("external system changed", system=system.key, fields=sorted(changes), actor=actor)


def _kept(before: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """Return what is kept once the given secrets stand in the place of those before; raise RuleError by name."""
    kept, faults = dict(before), {}
    for name, given in secrets.items():
        try:
            given.check()
            entry = kept_of(given)
        except (ValueError, FatalError) as fault:
            faults[f"secrets.{name}"] = str(fault)
            continue
        kept.pop(name, None)
        if entry is not None:
            kept[name] = entry
    if faults:
        raise RuleError(faults)
    return kept


def _told(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what history is told of secrets: how each was and is kept, or that it was replaced."""
    changes = {}
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            was, now = str(fact_of(before, name)), str(fact_of(after, name))
            changes[f"secrets.{name}"] = [was, "replaced" if was == now else now]
    return changes


def _for_change(session: Session, key: str, expected_version: int | None) -> ExternalSystem:
    """Return the system held for a change; raise StaleError, naming who was first, where it is another version."""
    found(session, key)
    system = session.scalars(
        _unlocked_state().where(ExternalSystem.key == key).execution_options(populate_existing=True)
    ).one()
    if expected_version is not None and system.version != expected_version:
        told = revisions_named(session, SUBJECT, key, limit=1)
        first = told[0].actor if told else "somebody"
        raise StaleError(Sentence("%(who)s changed this system meanwhile.", who=first), current_version=system.version)
    return system


def _unlocked_state() -> Select[ExternalSystem]:
    """Return a query that holds systems and not their state, which a run holds while it applies.

    Rows of runs point to the system, so its key is held by whoever writes one; that does not hold up a change here.
    """
    return select(ExternalSystem).with_for_update(key_share=True, of=ExternalSystem)


def _tell(session: Session, system: ExternalSystem, changes: dict[str, Any], *, action: str, actor: str) -> None:
    record_revision(
        session,
        (SUBJECT, NO_NUMBER, system.key),
        changes,
        version=system.version,
        action=action,
        actor=actor,
        at=utcnow(),
    )
