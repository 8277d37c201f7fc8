"""The catalogue: products, segments, and the history of both."""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0002_catalogue"
down_revision = "0001_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_system", sa.String(length=50), nullable=False),
        sa.Column("external_product_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("translations", columns.Json, nullable=False),
        sa.Column("product_type", sa.String(length=20), nullable=False),
        sa.Column("payment_mode", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("price", columns.Amount(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("recurring", sa.Boolean(), nullable=False),
        sa.Column("billing_cycle", sa.String(length=20), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("tax_rate", columns.Amount(), nullable=True),
        sa.Column("prices", columns.Json, nullable=False),
        sa.Column("features", columns.Json, nullable=False),
        sa.Column("attributes", columns.Json, nullable=False),
        sa.Column("members", columns.Json, nullable=False),
        sa.Column("relations", columns.Json, nullable=False),
        sa.Column("lifecycle_status", sa.String(length=20), nullable=False),
        sa.Column("status_reason", sa.String(length=255), nullable=True),
        sa.Column("is_available", sa.Boolean(), nullable=False),
        sa.Column("valid_from", columns.UtcDateTime(), nullable=True),
        sa.Column("valid_to", columns.UtcDateTime(), nullable=True),
        sa.Column("target_segments", columns.Json, nullable=False),
        sa.Column("exclude_segments", columns.Json, nullable=False),
        sa.Column("min_customer_value", columns.Amount(), nullable=True),
        sa.Column("max_customer_value", columns.Amount(), nullable=True),
        sa.Column("eligibility_rule", columns.Json, nullable=True),
        sa.Column("channels", columns.Json, nullable=False),
        sa.Column("business_value", columns.Amount(), nullable=True),
        sa.Column("lever_weight", sa.Integer(), nullable=True),
        sa.Column("points_price", sa.Integer(), nullable=True),
        sa.Column("quota_total", sa.Integer(), nullable=True),
        sa.Column("quota_left", sa.Integer(), nullable=True),
        sa.Column("max_per_customer", sa.Integer(), nullable=True),
        sa.Column("cooldown_days", sa.Integer(), nullable=True),
        sa.Column("sync_frequency", sa.String(length=20), nullable=True),
        sa.Column("sync_state", sa.String(length=20), nullable=False),
        sa.Column("last_synced", columns.UtcDateTime(), nullable=True),
        sa.Column("source_updated_at", columns.UtcDateTime(), nullable=True),
        sa.Column("missing_since", columns.UtcDateTime(), nullable=True),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.Column("field_locks", columns.Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("updated_by", sa.String(length=255), nullable=False),
        sa.Column("deleted_at", columns.UtcDateTime(), nullable=True),
        sa.Column("source_values", columns.Json, nullable=True),
        sa.Column("remap_at", columns.UtcDateTime(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("category_folded", sa.String(length=300), nullable=True),
        sa.CheckConstraint("quota_left >= 0", name=op.f("ck_product_quota_left_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint(
            "external_system", "external_product_id", name=op.f("uq_product_external_system_external_product_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_product_category_id"), "product", ["category", "id"], unique=False)
    op.create_index(op.f("ix_product_created_at_id"), "product", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_product_lifecycle_status"), "product", ["lifecycle_status"], unique=False)
    op.create_index(op.f("ix_product_name_id"), "product", ["name", "id"], unique=False)
    op.create_index(op.f("ix_product_price_id"), "product", ["price", "id"], unique=False)
    op.create_index(
        op.f("ix_product_product_type_lifecycle_status"), "product", ["product_type", "lifecycle_status"], unique=False
    )
    op.create_index(op.f("ix_product_updated_at_id"), "product", ["updated_at", "id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_type", sa.String(length=30), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("subject_name", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("changes", columns.Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_revision_run_id"), "revision", ["run_id"], unique=False)
    op.create_index(
        op.f("ix_revision_subject_type_subject_id_id"), "revision", ["subject_type", "subject_id", "id"], unique=False
    )
    op.create_table(
        "segment",
        sa.Column("key", sa.String(length=50), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("min_customer_value", columns.Amount(), nullable=True),
        sa.Column("max_customer_value", columns.Amount(), nullable=True),
        sa.Column("is_undefined", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_segment")),
    )


def downgrade() -> None:
    op.drop_table("segment")
    op.drop_table("revision")
    op.drop_table("product")
