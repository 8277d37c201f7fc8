"""Writing down what changed, and reading it back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.events.models import Revision


def record_revision(
    session: Session,
    subject: tuple[str, int, str],
    changes: dict[str, Any],
    *,
    version: int,
    action: str,
    actor: str,
    at: datetime,
    run_id: int | None = None,
) -> Revision:
    """Write one revision into the transaction of the change itself.

    `subject` is (type, id, name); `changes` maps each field to [old, new] as JSON values.
    """
    subject_type, subject_id, subject_name = subject
    revision = Revision(
        subject_type=subject_type,
        subject_id=subject_id,
        subject_name=subject_name,
        version=version,
        action=action,
        at=at,
        actor=actor,
        run_id=run_id,
        changes=changes,
    )
    session.add(revision)
    return revision


def revisions_of(session: Session, subject_type: str, subject_id: int, *, limit: int = 50) -> Sequence[Revision]:
    """Return the revisions of one thing, newest first."""
    query = (
        select(Revision)
        .where(Revision.subject_type == subject_type, Revision.subject_id == subject_id)
        .order_by(Revision.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def revisions_named(session: Session, subject_type: str, name: str, *, limit: int = 50) -> Sequence[Revision]:
    """Return the revisions of a thing that is known by its name alone, newest first."""
    query = (
        select(Revision)
        .where(Revision.subject_type == subject_type, Revision.subject_name == name)
        .order_by(Revision.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()
