"""How long ago everything was read that a run is for: no listing of changes tells what is gone."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.products.models import Product
from catalog_app.sync.models import APPLIED, ExternalSystem, SyncRun


def is_all_read(session: Session, run: SyncRun, *, since: datetime) -> bool:
    """Return whether full listings that began after `since` were applied to every product that the run is for.

    One that was applied only to products of some frequencies has withdrawn nothing of the others.
    """
    listings = select(SyncRun.frequencies).where(
        SyncRun.external_system == run.external_system,
        SyncRun.status == APPLIED,
        SyncRun.full,
        SyncRun.complete.is_(True),
        SyncRun.started_at > since,
    )
    read: set[str] = set()
    for frequencies in session.scalars(listings):
        if frequencies is None:
            return True
        read.update(frequencies)
    if run.frequencies is not None:
        return read.issuperset(run.frequencies)
    return bool(read) and uses_only(session, run.external_system, read)


def uses_only(session: Session, key: str, frequencies: Collection[str]) -> bool:
    """Return whether a system and its products have no other frequency than these."""
    if session.get_one(ExternalSystem, key).sync_frequency not in frequencies:
        return False
    other = select(Product.id).where(
        Product.external_system == key,
        Product.deleted_at.is_(None),
        Product.sync_frequency.is_not(None),
        Product.sync_frequency.not_in(frequencies),
    )
    return session.scalars(other.limit(1)).first() is None
