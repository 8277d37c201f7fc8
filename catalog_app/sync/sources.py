"""External systems as the rest of the sync sees them: the row, and what the environment says over it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, NotFoundError
from catalog_app.core.wiring import settings
from catalog_app.products.systems import SystemFacts
from catalog_app.sync.connectors.connector import SourceConfig
from catalog_app.sync.connectors.preset import load_preset
from catalog_app.sync.models import ExternalSystem


def found(session: Session, key: str) -> ExternalSystem:
    """Return the external system, or raise NotFoundError."""
    system = session.get(ExternalSystem, key)
    if system is None:
        raise NotFoundError(f"There is no external system {key!r}.")
    return system


def all_systems(session: Session) -> Sequence[ExternalSystem]:
    """Return every external system in the order in which people name them."""
    return session.scalars(select(ExternalSystem).order_by(ExternalSystem.position, ExternalSystem.key)).all()


def base_url(system: ExternalSystem) -> str | None:
    """Return where the system is; the environment wins over the row."""
    return settings().source(system.key).base_url or system.base_url


def source_config(system: ExternalSystem) -> SourceConfig:
    """Return everything a connector needs to read the system; raise ConflictError where it is not configured."""
    given, url = settings().source(system.key), base_url(system)
    if url is None:
        variable = f"CATALOG_{system.key.upper()}_BASE_URL"
        raise ConflictError(f"{system.label} is not configured: nobody said where it is. Set {variable}.")
    preset = load_preset(given.preset or system.preset)
    return SourceConfig(
        key=system.key,
        base_url=url,
        preset=preset,
        auth_kind=given.auth_kind or preset.auth.kind,
        secrets=given.secrets(),
        header_prefix=given.auth_prefix,
        allow_loopback=settings().allow_loopback_sources,
        allowed_hosts=settings().source_hosts,
    )


class SyncedSystems:
    """Tells the products of the external systems (products/systems.py)."""

    def systems(self) -> Sequence[SystemFacts]:
        return [
            SystemFacts(
                key=system.key,
                label=system.label,
                is_configured=base_url(system) is not None,
                last_complete_at=system.state.last_complete_at,
            )
            for system in all_systems(db.session())
        ]
