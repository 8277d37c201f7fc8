"""Runs and their changes, read for pages, JSON and commands."""

from collections.abc import Sequence

from sqlalchemy import select

from catalog_app.core.db import db
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.sync.models import KINDS, SyncChange, SyncRun
from catalog_app.sync.runs.changes import name_products, of_kind


def runs(*, system: str | None, status: str | None, before_id: int | None, limit: int) -> Sequence[SyncRun]:
    """Return runs, newest first."""
    query = select(SyncRun).order_by(SyncRun.id.desc()).limit(limit)
    if system is not None:
        query = query.where(SyncRun.external_system == system)
    if status is not None:
        query = query.where(SyncRun.status == status)
    if before_id is not None:
        query = query.where(SyncRun.id < before_id)
    return db.session().scalars(query).all()


def changes(run_id: int, *, kind: str | None, after_id: int, limit: int) -> Sequence[SyncChange]:
    """Return the changes that a run planned, of one kind or of all, from just after change `after_id` on."""
    if kind is not None and kind not in KINDS:
        raise NotFoundError(Sentence("There is no kind of change %(kind)r.", kind=kind))
    chosen = SyncChange.kind.in_(KINDS) if kind is None else of_kind(kind)
    query = select(SyncChange).where(SyncChange.run_id == run_id, chosen, SyncChange.id > after_id)
    session = db.session()
    found = session.scalars(query.order_by(SyncChange.id).limit(limit)).all()
    if run := session.get(SyncRun, run_id):
        name_products(session, run, found)
    return found
