"""The table of answers that are kept for a repeated request."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.db import Base


class KeptAnswer(Base):
    """One request that carried an Idempotency-Key: who is at work on it, and the answer once there is one.

    `key_hash` covers the caller and the key, `request_hash` what else has to be the same. `claim` counts who took
    the work up; `done_at` is set in the very transaction that does what was asked for, so it tells after a crash
    whether that happened.
    """

    __tablename__ = "kept_answer"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(index=True)
    claim: Mapped[int]
    claimed_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    status: Mapped[int | None]
    headers: Mapped[list[Any]]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    # An answer that shows a secret (it says no-store) is not kept in the clear.
    is_sealed: Mapped[bool]
