"""The tables of the catalogue. Field names are fixed by the consumers (docs/api.md)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_app.core.clock import utcnow
from catalog_app.core.columns import Json
from catalog_app.core.db import Base

_IS_HIDDEN = "version = 0"
IS_TROUBLED = "sync_state IN ('conflict', 'missing', 'error')"
"""What needs a person: few of many, so an index holds only those, and is used where a statement says just this."""
_NARROWED = ("product_type", "lifecycle_status")
NAMES_MEMBERS, NAMES_RELATIONS = "members <> '[]'", "relations <> '[]'"
"""Products that name others: few of many, so the indexes of what they name hold only those."""
_HAS_FREQUENCY = "sync_frequency IS NOT NULL AND deleted_at IS NULL"


def _names(column: str, condition: str) -> Index:
    """Return the index of what products name: SQLite goes through its texts, PostgreSQL finds the entry."""
    return Index(
        f"ix_product_{column}",
        column,
        sqlite_where=text(condition),
        postgresql_where=text(condition),
        postgresql_using="gin",
        postgresql_ops={column: "jsonb_path_ops"},
    )


class Product(Base):
    """A product as this service offers it: a synchronised copy, corrected and targeted by people."""

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_system: Mapped[str] = mapped_column(String(50))
    external_product_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    short_name: Mapped[str | None] = mapped_column(String(40))
    description: Mapped[str | None] = mapped_column(Text)
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    product_type: Mapped[str] = mapped_column(String(20))
    payment_mode: Mapped[str] = mapped_column(String(20), default="any")
    category: Mapped[str | None] = mapped_column(String(100))

    price: Mapped[Decimal | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    recurring: Mapped[bool] = mapped_column(default=False)
    billing_cycle: Mapped[str] = mapped_column(String(20), default="one_time")
    tax_included: Mapped[bool] = mapped_column(default=True)
    tax_rate: Mapped[Decimal | None]
    prices: Mapped[list[dict[str, Any]]] = mapped_column(default=list)

    features: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    members: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    relations: Mapped[list[dict[str, Any]]] = mapped_column(default=list)

    lifecycle_status: Mapped[str] = mapped_column(String(20), default="in_design")
    status_reason: Mapped[str | None] = mapped_column(String(255))
    is_available: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]

    target_segments: Mapped[list[str]] = mapped_column(default=list)
    exclude_segments: Mapped[list[str]] = mapped_column(default=list)
    min_customer_value: Mapped[Decimal | None]
    max_customer_value: Mapped[Decimal | None]
    eligibility_rule: Mapped[dict[str, Any] | None]
    channels: Mapped[list[str]] = mapped_column(default=list)

    business_value: Mapped[Decimal | None]
    lever_weight: Mapped[int | None]
    points_price: Mapped[int | None]
    quota_total: Mapped[int | None]
    quota_left: Mapped[int | None]
    max_per_customer: Mapped[int | None]
    cooldown_days: Mapped[int | None]

    sync_frequency: Mapped[str | None] = mapped_column(String(20))
    sync_state: Mapped[str] = mapped_column(String(20), default="manual")
    last_synced: Mapped[datetime | None]
    source_updated_at: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    source_hash: Mapped[str | None] = mapped_column(String(64))
    field_locks: Mapped[dict[str, Any]] = mapped_column(default=dict)

    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)
    created_by: Mapped[str] = mapped_column(String(255))
    updated_by: Mapped[str] = mapped_column(String(255))
    deleted_at: Mapped[datetime | None]

    # What the source last said, by field: the base of the three-way merge. Pages and lists never need it.
    source_values: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    # When the same record would be read differently, because a price of it begins or ends.
    remap_at: Mapped[datetime | None] = mapped_column(deferred=True)
    # What the source said (its hash; empty: that it lists the product no more) when a person took back the run that
    # brought it. As long as the source says the same, no run does it again.
    undone_hash: Mapped[str | None] = mapped_column(String(64), deferred=True)
    # Name, external id and description, and the category, folded (core/text.py); written with every change.
    search_text: Mapped[str] = mapped_column(Text, deferred=True)
    category_folded: Mapped[str | None] = mapped_column(String(300), deferred=True)

    __table_args__ = (
        UniqueConstraint("external_system", "external_product_id"),
        CheckConstraint("quota_left >= 0", name="quota_left_not_negative"),
        # With the id, so that PostgreSQL walks the filtered list in its order; SQLite keeps every index in it.
        Index(None, "product_type", "lifecycle_status", "id"),
        Index(None, "lifecycle_status"),
        # One for each way to sort a list, so that its last page costs what its first does. Type and status, by which
        # lists are narrowed most, stand in each: what does not fit is passed over without a look at the product.
        Index(None, "updated_at", "id", *_NARROWED),
        Index(None, "name", "id", *_NARROWED),
        Index(None, "price", "id", *_NARROWED),
        Index(None, "category", "id", *_NARROWED),
        Index(None, "created_at", "id", *_NARROWED),
        # Which frequencies the living products of a system have, without reading them; most have none of their own.
        Index(
            None,
            "external_system",
            "sync_frequency",
            sqlite_where=text(_HAS_FREQUENCY),
            postgresql_where=text(_HAS_FREQUENCY),
        ),
        Index("ix_product_troubled", "sync_state", sqlite_where=text(IS_TROUBLED), postgresql_where=text(IS_TROUBLED)),
        # What is written and not yet to be seen (hidden.py): nothing, most of the time.
        Index("ix_product_hidden", "external_system", sqlite_where=text(_IS_HIDDEN), postgresql_where=text(_IS_HIDDEN)),
        _names("members", NAMES_MEMBERS),
        _names("relations", NAMES_RELATIONS),
        {"sqlite_autoincrement": True},
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it once, while the class is made.

    @property
    def is_active(self) -> bool:
        """Whether the product is on sale by its lifecycle alone; `available_now` asks more."""
        return self.lifecycle_status == "launched"


class Segment(Base):
    """A customer segment that products may be meant for, with the customer values it stands for."""

    __tablename__ = "segment"

    key: Mapped[str] = mapped_column(String(50), primary_key=True)
    label: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(Text)
    min_customer_value: Mapped[Decimal | None]
    max_customer_value: Mapped[Decimal | None]
    # True where a source named it and nobody here has said yet what it means.
    is_undefined: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it once, while the class is made.
