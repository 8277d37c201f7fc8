"""Who is told of what happens, how far that has come, and what could not be told at once."""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.db import Base

WAITING: Final = "waiting"
DELIVERED: Final = "delivered"
DEAD: Final = "dead"
STATUSES: Final = (WAITING, DELIVERED, DEAD)


class Webhook(Base):
    """A subscription: an address that is told of events, and the revision up to which it has been.

    Nothing is written to it by those who change things: whoever delivers reads the revisions from `position` on.
    """

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    # Which form the events take (shapes.py), and of which types; no type at all means every type.
    shape: Mapped[str] = mapped_column(String(30))
    event_types: Mapped[list[str]]
    description: Mapped[str | None] = mapped_column(String(255))
    # Sealed. None where deliveries are not signed, because the other side has no way to learn a secret.
    secret: Mapped[str | None] = mapped_column(Text)

    position: Mapped[int]
    delivered: Mapped[int] = mapped_column(default=0)
    last_success_at: Mapped[datetime | None]
    last_failure_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[str | None] = mapped_column(String(255))

    # One process at a time delivers to an address. The number rises with every claim: who was thought dead and comes
    # back finds a higher one, and notes nothing.
    lease_number: Mapped[int] = mapped_column(default=0)
    lease_expires_at: Mapped[datetime | None]

    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(255))

    __table_args__ = ({"sqlite_autoincrement": True},)

    @property
    def host(self) -> str:
        """Return whom it tells, without what only the address itself may hold, such as a key."""
        return urlsplit(self.url).hostname or self.url

    @property
    def is_paused(self) -> bool:
        """Return whether a person switched it off; an address that wants nothing more says so as a reason."""
        return self.disabled_at is not None and self.disabled_because is None


class WebhookDelivery(Base):
    """One event that an address did not take at the first try: it waits for another, was delivered, or is dead."""

    __tablename__ = "webhook_delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    revision_id: Mapped[int]
    event_id: Mapped[str] = mapped_column(String(50))
    event_type: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    give_up_at: Mapped[datetime]
    last_status: Mapped[int | None]
    # In our own words: it quotes neither the address nor what came back.
    last_error: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index(None, "webhook_id", "status", "next_at"),
        {"sqlite_autoincrement": True},
    )
