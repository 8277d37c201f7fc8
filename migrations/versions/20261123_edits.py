"""Plans of edits that people make: many products at once, and imported files.

Revision ID: 0011_edits
Revises: 0010_writing
"""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0011_edits"
down_revision = "0010_writing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edit_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("request", columns.Json, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.String(length=255), nullable=False),
        sa.Column("requested_at", columns.UtcDateTime(), nullable=False),
        sa.Column("started_at", columns.UtcDateTime(), nullable=True),
        sa.Column("planned_at", columns.UtcDateTime(), nullable=True),
        sa.Column("finished_at", columns.UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=255), nullable=True),
        sa.Column("decided_at", columns.UtcDateTime(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("held_because", columns.Json, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("expected_total", sa.Integer(), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("undone_at", columns.UtcDateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=255), nullable=True),
        sa.Column("undone", columns.Json, nullable=True),
        sa.Column("lease_holder", sa.String(length=255), nullable=True),
        sa.Column("lease_expires_at", columns.UtcDateTime(), nullable=True),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit_plan")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_edit_plan_status"), "edit_plan", ["status"], unique=False)
    op.create_table(
        "edit_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("external_system", sa.String(length=50), nullable=True),
        sa.Column("external_product_id", sa.String(length=255), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("field", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sent", columns.Json, nullable=True),
        sa.Column("before", columns.Json, nullable=True),
        sa.Column("after", columns.Json, nullable=True),
        sa.Column("undone", columns.Json, nullable=True),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["edit_plan.id"], name=op.f("fk_edit_change_plan_id_edit_plan"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_edit_change_plan_id_kind_id"), "edit_change", ["plan_id", "kind", "id"], unique=False)
    op.add_column("revision", sa.Column("edit_plan_id", sa.Integer(), nullable=True))
    # Most changes belong to no plan; an index of those that do costs the others nothing.
    op.create_index(
        "ix_revision_edit_plan_id",
        "revision",
        ["edit_plan_id"],
        unique=False,
        sqlite_where=sa.text("edit_plan_id IS NOT NULL"),
        postgresql_where=sa.text("edit_plan_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_revision_edit_plan_id", table_name="revision")
    op.drop_column("revision", "edit_plan_id")
    op.drop_table("edit_change")
    op.drop_table("edit_plan")
