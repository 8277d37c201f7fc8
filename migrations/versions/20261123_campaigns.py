"""Campaigns, and what they handed out.

Revision ID: 0020_campaigns
Revises: 0019_contacts
"""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0020_campaigns"
down_revision = "0019_contacts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_reason", sa.String(length=255), nullable=True),
        sa.Column("trigger_event", sa.String(length=60), nullable=True),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("use_nbo", sa.Boolean(), nullable=False),
        sa.Column("candidates", columns.Json, nullable=False),
        sa.Column("product_config", columns.Json, nullable=False),
        sa.Column("audience", columns.Json, nullable=False),
        sa.Column("starts_at", columns.UtcDateTime(), nullable=True),
        sa.Column("ends_at", columns.UtcDateTime(), nullable=True),
        sa.Column("channels", columns.Json, nullable=False),
        sa.Column("messages", columns.Json, nullable=False),
        sa.Column("fallback_language", sa.String(length=10), nullable=False),
        sa.Column("sender", sa.String(length=20), nullable=False),
        sa.Column("sender_config", columns.Json, nullable=False),
        sa.Column("sender_secret", sa.Text(), nullable=True),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_to", sa.String(length=5), nullable=True),
        sa.Column("on_withdrawal", sa.String(length=20), nullable=False),
        sa.Column("limit_per_customer", sa.Integer(), nullable=True),
        sa.Column("limit_total", sa.Integer(), nullable=True),
        sa.Column("promised", sa.Integer(), nullable=False),
        sa.Column("cooldown_days", sa.Integer(), nullable=True),
        sa.Column("decline_days", sa.Integer(), nullable=True),
        sa.Column("control_group_percent", columns.Amount(), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("activated_at", columns.UtcDateTime(), nullable=True),
        sa.Column("activated_by", sa.String(length=255), nullable=True),
        sa.Column("completed_at", columns.UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", columns.UtcDateTime(), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=255), nullable=True),
        sa.Column("last_snapshot", columns.Json, nullable=True),
        sa.Column("checked_version", sa.Integer(), nullable=True),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("updated_by", sa.String(length=255), nullable=False),
        sa.Column("deleted_at", columns.UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "limit_total IS NULL OR promised <= limit_total", name=op.f("ck_campaign_promised_within_limit")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_campaign_product_id_product"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_campaign_product_id"), "campaign", ["product_id"], unique=False)
    op.create_index(op.f("ix_campaign_status"), "campaign", ["status"], unique=False)
    op.create_index(op.f("ix_campaign_trigger_event"), "campaign", ["trigger_event"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("campaign_version", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("customer_id", sa.String(length=255), nullable=True),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("features", columns.Json, nullable=True),
        sa.Column("time_zone", sa.String(length=50), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reasons", columns.Json, nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("product_version", sa.Integer(), nullable=True),
        sa.Column("message", columns.Json, nullable=True),
        sa.Column("snapshot", columns.Json, nullable=True),
        sa.Column("sender", sa.String(length=20), nullable=False),
        sa.Column("not_before", columns.UtcDateTime(), nullable=True),
        sa.Column("next_at", columns.UtcDateTime(), nullable=True),
        sa.Column("leased_until", columns.UtcDateTime(), nullable=True),
        sa.Column("lease", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("give_up_at", columns.UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=255), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("ended_at", columns.UtcDateTime(), nullable=True),
        sa.Column("delivered_at", columns.UtcDateTime(), nullable=True),
        sa.Column("clicked_at", columns.UtcDateTime(), nullable=True),
        sa.Column("accepted_at", columns.UtcDateTime(), nullable=True),
        sa.Column("declined_at", columns.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_delivery_campaign_id_campaign"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_delivery_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("campaign_id", "customer", "key", name=op.f("uq_delivery_campaign_id_customer_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_delivery_campaign_id_status_id"), "delivery", ["campaign_id", "status", "id"], unique=False
    )
    op.create_index(op.f("ix_delivery_campaign_id_id"), "delivery", ["campaign_id", "id"], unique=False)
    op.create_index(
        "ix_delivery_personal",
        "delivery",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("customer_id IS NOT NULL"),
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["sender", "status", "next_at", "id", "campaign_id", "key"],
        unique=False,
        sqlite_where=sa.text("status IN ('waiting', 'leased', 'held')"),
        postgresql_where=sa.text("status IN ('waiting', 'leased', 'held')"),
    )


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("campaign")
