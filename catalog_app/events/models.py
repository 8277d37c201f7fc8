"""What happened, for good: one row for each change of anything that people care about."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.db import Base

_OF_A_PLAN = "edit_plan_id IS NOT NULL"


class Revision(Base):
    """One change of one thing. `changes` maps each field to [old, new], both as JSON values.

    From revisions come the history page, undo, restore and past states. `subject_id` is no foreign key:
    history outlives what it is about.
    """

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_type: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int]
    subject_name: Mapped[str] = mapped_column(String(255))
    version: Mapped[int]
    action: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(255))
    # The sync run, or the plan of edits, in which it happened.
    run_id: Mapped[int | None]
    edit_plan_id: Mapped[int | None]
    changes: Mapped[dict[str, Any]]

    __table_args__ = (
        Index(None, "subject_type", "subject_id", "id"),
        Index(None, "run_id"),
        Index(None, "edit_plan_id", sqlite_where=text(_OF_A_PLAN), postgresql_where=text(_OF_A_PLAN)),
        {"sqlite_autoincrement": True},
    )
