"""Who was contacted about what, through which channel, and what they answered; and what they do not want.

A customer stands in these tables only as a hash (customers.py): it can be recognised, and not read.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.db import Base

CUSTOMER_LENGTH: Final = 32
EVERY_CHANNEL: Final = "*"
"""The channel of a choice that holds for all of them."""
NO_CHANNEL: Final = ""
"""The channel of a contact of which nobody told how it was made; the caps of single channels do not count it."""

# What customers choose, and what they answer to an offer.
IN: Final = "in"
OUT: Final = "out"
CHOICES: Final = (IN, OUT)
ACCEPTED: Final = "accepted"
DECLINED: Final = "declined"
ANSWERS: Final = (ACCEPTED, DECLINED)


class ContactPolicy(Base):
    """How often, when, and with whose consent customers may be contacted: one row, shared by whoever contacts them."""

    __tablename__ = "contact_policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    # [{"channel": "sms" or null for all together, "most": 3, "days": 7}, ...], each across all campaigns.
    caps: Mapped[list[dict[str, Any]]]
    # Local times of the customer, "21:00" and "09:00"; both or neither.
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_to: Mapped[str | None] = mapped_column(String(5))
    # The zone of a customer of whom no zone is known.
    time_zone: Mapped[str] = mapped_column(String(50))
    # The channels through which nobody is contacted who has not agreed to it.
    consent_channels: Mapped[list[str]]
    # What customer ids are hashed with. It never leaves the database, and never changes: nobody would be recognised.
    salt: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime | None]
    updated_by: Mapped[str | None] = mapped_column(String(255))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it once, while the class is made.


class ContactChoice(Base):
    """What a customer chose for a channel, or for every one: to be contacted ("in") or not ("out")."""

    __tablename__ = "contact_choice"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(String(CUSTOMER_LENGTH))
    channel: Mapped[str] = mapped_column(String(20))
    choice: Mapped[str] = mapped_column(String(3))
    # Where it was said: "Shop", "STOP by SMS".
    source: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(255))

    __table_args__ = (UniqueConstraint("customer", "channel"), {"sqlite_autoincrement": True})


class Contact(Base):
    """One offer of one product to one customer: through which channel, for which campaign, and the answer."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(String(CUSTOMER_LENGTH))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    # No foreign keys: campaigns live above this room, and contacts outlive them.
    campaign_id: Mapped[int | None]
    delivery_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    # "accepted" or "declined"; None as long as nothing was said.
    answer: Mapped[str | None] = mapped_column(String(10))
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("delivery_id"),
        # All that a history is made of: it is read from here without a look at the rows, which lie far apart.
        Index("ix_contact_history", "customer", "at", "channel", "product_id", "campaign_id", "answer", "answered_at"),
        Index(None, "product_id"),
        Index(None, "at"),
        {"sqlite_autoincrement": True},
    )
