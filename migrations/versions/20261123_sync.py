"""The sync: external systems, runs, and the changes they plan."""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0003_sync"
down_revision = "0002_catalogue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "external_system",
        sa.Column("key", sa.String(length=50), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("preset", sa.String(length=50), nullable=False),
        sa.Column("base_url", sa.String(length=2000), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("last_complete_at", columns.UtcDateTime(), nullable=True),
        sa.Column("last_success_at", columns.UtcDateTime(), nullable=True),
        sa.Column("lease_holder", sa.String(length=255), nullable=True),
        sa.Column("lease_expires_at", columns.UtcDateTime(), nullable=True),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_external_system")),
    )
    op.create_table(
        "sync_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_system", sa.String(length=50), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("lease_number", sa.Integer(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("requested_by", sa.String(length=255), nullable=False),
        sa.Column("requested_at", columns.UtcDateTime(), nullable=False),
        sa.Column("started_at", columns.UtcDateTime(), nullable=True),
        sa.Column("finished_at", columns.UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=255), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("expected_total", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=True),
        sa.Column("proof", columns.Json, nullable=False),
        sa.Column("held_because", columns.Json, nullable=False),
        sa.Column("defaults_taken", columns.Json, nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["external_system"], ["external_system.key"], name=op.f("fk_sync_run_external_system_external_system")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sync_run_external_system_id"), "sync_run", ["external_system", "id"], unique=False)
    op.create_index(op.f("ix_sync_run_status"), "sync_run", ["status"], unique=False)
    op.create_table(
        "sync_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("external_product_id", sa.String(length=255), nullable=True),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("field", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("said", columns.Json, nullable=True),
        sa.Column("before", columns.Json, nullable=True),
        sa.Column("after", columns.Json, nullable=True),
        sa.Column("conflicts", columns.Json, nullable=True),
        sa.Column("raw", columns.Json, nullable=True),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.Column("source_updated_at", columns.UtcDateTime(), nullable=True),
        sa.Column("remap_at", columns.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sync_run.id"], name=op.f("fk_sync_change_run_id_sync_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_change")),
        sa.UniqueConstraint("run_id", "external_product_id", name=op.f("uq_sync_change_run_id_external_product_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sync_change_run_id_kind_id"), "sync_change", ["run_id", "kind", "id"], unique=False)

    systems = sa.table(
        "external_system",
        sa.column("key", sa.String),
        sa.column("label", sa.String),
        sa.column("preset", sa.String),
        sa.column("position", sa.Integer),
        sa.column("lease_number", sa.Integer),
    )
    # These three exist from the start, unconfigured; where they are is said by settings.
    op.bulk_insert(
        systems,
        [
            {"key": "xiva", "label": "Xiva", "preset": "tmf620", "position": 1, "lease_number": 0},
            {"key": "crm", "label": "CRM", "preset": "salesforce", "position": 2, "lease_number": 0},
            {"key": "billing", "label": "Billing", "preset": "killbill", "position": 3, "lease_number": 0},
        ],
    )


def downgrade() -> None:
    op.drop_table("sync_change")
    op.drop_table("sync_run")
    op.drop_table("external_system")
