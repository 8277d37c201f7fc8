"""Plans of edits, and the changes that they are made of."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.db import Base

BULK: Final = "bulk"
IMPORT: Final = "import"

QUEUED: Final = "queued"
PLANNING: Final = "planning"
PLANNED: Final = "planned"
AWAITING_APPROVAL: Final = "awaiting_approval"
APPLYING: Final = "applying"
APPLIED: Final = "applied"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
REJECTED: Final = "rejected"
SUPERSEDED: Final = "superseded"

WAITING: Final = (PLANNED, AWAITING_APPROVAL)
ENDED: Final = (APPLIED, FAILED, CANCELLED, REJECTED, SUPERSEDED)

CREATE: Final = "create"
UPDATE: Final = "update"
SET_ASIDE: Final = "rejected"
WRITTEN: Final = (CREATE, UPDATE)
KINDS: Final = (CREATE, UPDATE, SET_ASIDE)


class EditPlan(Base):
    """One plan of edits: who asked for what, how it stands, and what came of it."""

    __tablename__ = "edit_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(255))
    # All that is needed to plan again: the action with its values and the selection, or the file and its columns.
    request: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(20), default=QUEUED)
    requested_by: Mapped[str] = mapped_column(String(255))
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    planned_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(255))
    decided_at: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    # Why it waits for an approver, with figures; nothing where an editor may apply it.
    held_because: Mapped[list[Any]] = mapped_column(default=list)
    error: Mapped[str | None] = mapped_column(Text)

    # How many proposals there are, where that is known, and how many were looked at.
    expected_total: Mapped[int | None]
    found: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)

    # When and by whom it was taken back, and what came of that: {"restored", "kept": [...]}.
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(255))
    undone: Mapped[dict[str, Any] | None]

    # Who works on it now. The number rises with every claim: one that was thought dead finds it gone, writes nothing.
    lease_holder: Mapped[str | None] = mapped_column(String(255))
    lease_expires_at: Mapped[datetime | None]
    lease_number: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index(None, "status"), {"sqlite_autoincrement": True})

    @property
    def size(self) -> int:
        """Return how many products the plan makes or changes."""
        return self.created + self.updated


class EditChange(Base):
    """One product of a plan: the very row that is shown, applied and taken back.

    `before` and `after` hold what changes, as JSON values (of a new product, `after` holds all of it); `field_locks`
    is among them where who owns a field changes. `sent` is what somebody sent that was set aside.
    """

    __tablename__ = "edit_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("edit_plan.id", ondelete="CASCADE"))
    line: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20))
    product_id: Mapped[int | None]
    external_system: Mapped[str | None] = mapped_column(String(50))
    external_product_id: Mapped[str | None] = mapped_column(String(255))
    base_version: Mapped[int | None]
    name: Mapped[str | None] = mapped_column(String(255))
    field: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str | None] = mapped_column(Text)
    sent: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    # What an undo did with it: {"restored": [fields], "kept": [fields that were changed since]}.
    undone: Mapped[dict[str, Any] | None]

    __table_args__ = (Index(None, "plan_id", "kind", "id"), {"sqlite_autoincrement": True})
