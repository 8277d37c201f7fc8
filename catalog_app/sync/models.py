"""External systems, the runs that read them, and the changes that a run plans and applies."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from catalog_app.core.columns import Json
from catalog_app.core.db import Base
from catalog_app.sync.planning.held_words import sentences

QUEUED = "queued"
FETCHING = "fetching"
PLANNED = "planned"
AWAITING_APPROVAL = "awaiting_approval"
APPLYING = "applying"
APPLIED = "applied"
FAILED = "failed"
CANCELLED = "cancelled"
REJECTED = "rejected"
SUPERSEDED = "superseded"
DEFERRED = "deferred"

MANUAL = "manual"
SCHEDULE = "schedule"
RETRY = "retry"
FILE = "file"

WAITING = (AWAITING_APPROVAL, PLANNED)
ENDED = (APPLIED, FAILED, CANCELLED, REJECTED, SUPERSEDED, DEFERRED)


STAGED = "staged"
CREATE = "create"
UPDATE = "update"
WITHDRAW = "withdraw"
CONFLICT = "conflict"
# The record differs, the product does not: nothing to show, but what the source said last is noted.
NOTED = "noted"
# Set aside with field and reason. (A run may be rejected too: by a person.)
SET_ASIDE = "rejected"

KINDS = (CREATE, UPDATE, WITHDRAW, CONFLICT, SET_ASIDE)
"""The kinds of change that people look at."""


class ExternalSystem(Base):
    """A system whose products are copied here: its settings, as an admin edits them.

    What runs write stands in `SystemState`, so that editing the settings never waits for a run.
    """

    __tablename__ = "external_system"

    key: Mapped[str] = mapped_column(String(50), primary_key=True)
    label: Mapped[str] = mapped_column(String(100))
    preset: Mapped[str] = mapped_column(String(50))
    base_url: Mapped[str | None] = mapped_column(String(2000))
    # The order in which people name the systems.
    position: Mapped[int] = mapped_column(default=100)
    # A system that is switched off is neither due nor read; what came from it stays.
    enabled: Mapped[bool] = mapped_column(default=True)

    auth_kind: Mapped[str | None] = mapped_column(String(50))
    header_prefix: Mapped[str | None] = mapped_column(String(20))
    # By name, either {"env": variable} or {"sealed": what only our encryption keys open}. Never a plain secret.
    secrets: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # What differs from the preset and from the defaults, by name: its parameters, its mapping tables, the bounds of a
    # run (connectors.Limits), and how much one run may change by itself (guards.Guards).
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    limits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    guards: Mapped[dict[str, Any]] = mapped_column(default=dict)

    # realtime, hourly, daily, weekly, manual, or a cron expression in `time_zone`.
    sync_frequency: Mapped[str] = mapped_column(String(100), default="manual")
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")

    version: Mapped[int] = mapped_column()

    state: Mapped["SystemState"] = relationship(
        lazy="joined", innerjoin=True, cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it once, while the class is made.


class SystemState(Base):
    """What runs leave behind of a system: who may write for it now, and how far its catalogue has been read."""

    __tablename__ = "system_state"

    key: Mapped[str] = mapped_column(ForeignKey("external_system.key", ondelete="CASCADE"), primary_key=True)
    last_complete_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    # The newest time of change that the source itself has named and that was applied; an incremental run reads from it.
    high_water_mark: Mapped[datetime | None]

    lease_holder: Mapped[str | None] = mapped_column(String(255))
    lease_expires_at: Mapped[datetime | None]
    # Rises with every claim. A holder that was thought dead finds its number gone and writes nothing.
    lease_number: Mapped[int] = mapped_column(default=0)


class SystemSchedule(Base):
    """When the products of one frequency are due: one row for each frequency that a system or its products have."""

    __tablename__ = "system_schedule"

    external_system: Mapped[str] = mapped_column(
        ForeignKey("external_system.key", ondelete="CASCADE"), primary_key=True
    )
    frequency: Mapped[str] = mapped_column(String(100), primary_key=True)
    due_at: Mapped[datetime]
    # How many scheduled runs failed in a row, and why the last one did: the next try waits longer each time.
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "due_at"),)


class Heartbeat(Base):
    """When something was last done by whoever beats: one row for each process that does, and one for the daily purge."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    at: Mapped[datetime]


class SyncRun(Base):
    """One reading of one system: its state, its progress, its counts and its proof."""

    __tablename__ = "sync_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_system: Mapped[str] = mapped_column(ForeignKey("external_system.key"))
    status: Mapped[str] = mapped_column(String(20), default=QUEUED)
    full: Mapped[bool] = mapped_column(default=True)
    dry_run: Mapped[bool] = mapped_column(default=False)
    lease_number: Mapped[int | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)

    # Who asked for it: a person or a machine now, the schedule, a retry of rejected records, or an imported file.
    origin: Mapped[str] = mapped_column(String(20), default=MANUAL)
    # Of a scheduled run: products of which frequencies are due. Null is all of them.
    frequencies: Mapped[list[str] | None] = mapped_column(Json)
    # Where an incremental listing began, and the newest time of change that it named.
    since: Mapped[datetime | None]
    high_water_mark: Mapped[datetime | None]
    retry_of: Mapped[int | None] = mapped_column(ForeignKey("sync_run.id", ondelete="SET NULL"))

    requested_by: Mapped[str] = mapped_column(String(255))
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    planned_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(255))
    decided_at: Mapped[datetime | None]
    # When and by whom it was taken back, and what came of that: {"restored", "kept": [...]}.
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(255))
    undone: Mapped[dict[str, Any] | None]

    pages: Mapped[int] = mapped_column(default=0)
    fetched: Mapped[int] = mapped_column(default=0)
    expected_total: Mapped[int | None]
    bytes: Mapped[int] = mapped_column(default=0)
    retries: Mapped[int] = mapped_column(default=0)

    complete: Mapped[bool | None]
    # Why the listing counts as complete or not, in words.
    proof: Mapped[list[str]] = mapped_column(default=list)
    # Which guards hold the plan back until a person has looked, with their figures (held_words.py puts them into words).
    held_because: Mapped[list[Any]] = mapped_column(default=list)
    defaults_taken: Mapped[dict[str, Any]] = mapped_column(default=dict)

    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    # Records that say what they said before; with those that differ in nothing that matters here, the unchanged.
    same: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    conflicts: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)
    # Records that differ, of products whose own frequency was not due.
    not_due: Mapped[int] = mapped_column(default=0)
    # Records that say the same in other bytes, because the source orders their keys anew each time.
    reordered: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)

    @property
    def held_in_words(self) -> list[str]:
        """What holds the plan back, a sentence for each guard."""
        session = object_session(self)
        system = session.get(ExternalSystem, self.external_system) if session else None
        return list(sentences(self.held_because, system.label if system else self.external_system))

    __table_args__ = (Index(None, "external_system", "id"), Index(None, "status"), {"sqlite_autoincrement": True})


class SyncChange(Base):
    """One record that differs from what is here: staged by the fetch, decided by the plan, written by apply.

    The same rows are the preview, the report and what an undo reads. `before` and `after` hold the fields that
    the source changed, as JSON values (what is new is all in `said`); `conflicts` the fields that people own, as
    {field: {ours, theirs}}.
    """

    __tablename__ = "sync_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("sync_run.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    external_product_id: Mapped[str | None] = mapped_column(String(255))
    product_id: Mapped[int | None]
    base_version: Mapped[int | None]
    name: Mapped[str | None] = mapped_column(String(255))
    field: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str | None] = mapped_column(Text)
    # What the source says of the product, mapped and checked: field -> JSON value.
    said: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    conflicts: Mapped[dict[str, Any] | None]
    raw: Mapped[dict[str, Any] | None]
    source_hash: Mapped[str | None] = mapped_column(String(64))
    source_updated_at: Mapped[datetime | None]
    remap_at: Mapped[datetime | None]
    # What an undo did with it: {"restored": [fields], "kept": [fields that were changed since]}.
    undone: Mapped[dict[str, Any] | None]

    __table_args__ = (
        UniqueConstraint("run_id", "external_product_id"),
        Index(None, "run_id", "kind", "id"),
        {"sqlite_autoincrement": True},
    )
