"""Campaigns and what they handed out. A message is promised once: its delivery keeps what was promised, for good."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.contacts.models import CUSTOMER_LENGTH
from catalog_app.core.clock import utcnow
from catalog_app.core.columns import Json
from catalog_app.core.db import Base

# The states of a campaign.
DRAFT: Final = "draft"
SCHEDULED: Final = "scheduled"
ACTIVE: Final = "active"
PAUSED: Final = "paused"
COMPLETED: Final = "completed"
STATUSES: Final = (DRAFT, SCHEDULED, ACTIVE, PAUSED, COMPLETED)
LIVE: Final = (SCHEDULED, ACTIVE, PAUSED)
"""What uses its product: a draft can be pointed elsewhere, a completed campaign uses nothing any more."""

# What happens when the product is withdrawn.
STOP: Final = "stop"
HOLD: Final = "hold"
SUCCESSOR: Final = "successor"
LAST_SNAPSHOT: Final = "last_snapshot"
WITHDRAWAL_POLICIES: Final = (STOP, HOLD, SUCCESSOR, LAST_SNAPSHOT)

# The states of a delivery.
REFUSED: Final = "refused"
"""Nothing was promised; `reasons` say why."""
CONTROL: Final = "control"
"""Eligible, and held out to compare with."""
HELD: Final = "held"
"""Waits for the product to come back (on_withdrawal hold)."""
WAITING: Final = "waiting"
"""Promised, and to be handed over: now, at `next_at`, or again because it was not taken."""
LEASED: Final = "leased"
"""With the campaign engine, until it is acknowledged or `leased_until` passes."""
SENT: Final = "sent"
"""Handed over: acknowledged by the engine, or taken by the other side."""
DEAD: Final = "dead"
"""Never taken; it can be sent again by hand."""
CANCELLED: Final = "cancelled"
"""Promised, and taken back before it was handed over; `reasons` say why."""
DELIVERY_STATUSES: Final = (REFUSED, CONTROL, HELD, WAITING, LEASED, SENT, DEAD, CANCELLED)

_IS_OPEN = "status IN ('waiting', 'leased', 'held')"
_NAMES_SOMEBODY = "customer_id IS NOT NULL"


class Campaign(Base):
    """One product (or one of several, chosen per customer) offered to an audience when something happens."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default=DRAFT)
    # Why it stands as it does, where nobody chose it: "Flex 60 GB was withdrawn by Xiva".
    status_reason: Mapped[str | None] = mapped_column(String(255))
    trigger_event: Mapped[str | None] = mapped_column(String(60))

    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="RESTRICT"))
    # Without a product of its own: the best of these, chosen per customer.
    use_nbo: Mapped[bool] = mapped_column(default=False)
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    # What the offer changes of the product: price, currency, discount_percent, bonus, headline, valid_to, terms.
    product_config: Mapped[dict[str, Any]] = mapped_column(default=dict)

    # {"segments": [...], "exclude_segments": [...], "min_customer_value", "max_customer_value", "rule"}
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    channels: Mapped[list[str]] = mapped_column(default=list)
    # {channel: {language: {part: template}}}; a customer of another language gets `fallback_language`.
    messages: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fallback_language: Mapped[str] = mapped_column(String(10), default="en")
    sender: Mapped[str] = mapped_column(String(20), default="outbox")
    # What the sender needs to know, such as an address. Its secret is sealed.
    sender_config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sender_secret: Mapped[str | None] = mapped_column(Text)

    # Local times of the customer; None takes those of the contact policy.
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_to: Mapped[str | None] = mapped_column(String(5))
    on_withdrawal: Mapped[str] = mapped_column(String(20), default=HOLD)
    limit_per_customer: Mapped[int | None]
    limit_total: Mapped[int | None]
    # How many of `limit_total` are promised. It rises by conditional UPDATEs, without a new version.
    promised: Mapped[int] = mapped_column(default=0)
    # Days to wait after a contact of this campaign, and after a customer declined its product.
    cooldown_days: Mapped[int | None]
    decline_days: Mapped[int | None]
    control_group_percent: Mapped[Decimal] = mapped_column(default=Decimal(0))

    owner: Mapped[str] = mapped_column(String(255))
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[str | None] = mapped_column(String(255))
    completed_at: Mapped[datetime | None]
    # Since when its product cannot be offered, and what that is: the owner is told until somebody looks.
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None] = mapped_column(String(255))
    # The product as it was when it could last be offered (on_withdrawal last_snapshot).
    last_snapshot: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    # The version of its product that pre-flight last saw (of its candidates together: a sum), and the errors it found.
    checked_version: Mapped[int | None]
    faults: Mapped[int] = mapped_column(default=0)
    # Name, description and trigger event, folded (core/text.py); written with every change.
    search_text: Mapped[str] = mapped_column(Text, default="", deferred=True)

    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
    created_by: Mapped[str] = mapped_column(String(255))
    updated_by: Mapped[str] = mapped_column(String(255))
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("limit_total IS NULL OR promised <= limit_total", name="promised_within_limit"),
        Index(None, "product_id"),
        Index(None, "status"),
        Index(None, "trigger_event"),
        {"sqlite_autoincrement": True},
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it once, while the class is made.

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class Delivery(Base):
    """What one trigger of one customer came to. A second trigger of the same key answers this row."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="RESTRICT"))
    campaign_version: Mapped[int]
    customer: Mapped[str] = mapped_column(String(CUSTOMER_LENGTH))
    key: Mapped[str] = mapped_column(String(100))
    # Who it is, where it goes and what was told of the customer: needed until it is handed over, then emptied.
    customer_id: Mapped[str | None] = mapped_column(String(255))
    address: Mapped[str | None] = mapped_column(String(320))
    features: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    time_zone: Mapped[str | None] = mapped_column(String(50))
    channel: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str | None] = mapped_column(String(10))

    status: Mapped[str] = mapped_column(String(20))
    # [{"code", "rule", "message"}, ...]: what spoke against it, or the withdrawal that it follows.
    reasons: Mapped[list[dict[str, Any]]]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    product_version: Mapped[int | None]
    # {part: text} as it is sent, and what it promises (price, terms, product, version).
    message: Mapped[dict[str, Any] | None] = mapped_column(Json)
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(Json)

    sender: Mapped[str] = mapped_column(String(20))
    not_before: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(default=0)
    give_up_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(255))

    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # Feedback: when it happened, as the campaign engine tells.
    delivered_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("campaign_id", "customer", "key"),
        Index(None, "campaign_id", "status", "id"),
        Index(None, "campaign_id", "id"),
        # What retention has still to look at.
        Index(
            "ix_delivery_personal",
            "created_at",
            sqlite_where=text(_NAMES_SOMEBODY),
            postgresql_where=text(_NAMES_SOMEBODY),
        ),
        # What still has to be handed over: few of many, in their order. The rest is there so that what is due of a
        # paused campaign is passed over without a look at its rows, which may be hundreds of thousands.
        Index(
            "ix_delivery_open",
            "sender",
            "status",
            "next_at",
            "id",
            "campaign_id",
            "key",
            sqlite_where=text(_IS_OPEN),
            postgresql_where=text(_IS_OPEN),
        ),
        {"sqlite_autoincrement": True},
    )
