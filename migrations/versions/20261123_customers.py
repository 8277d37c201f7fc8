"""Sample customers, saved to ask what they may be offered."""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0013_customers"
down_revision = "0012_views"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sample_customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("features", columns.Json, nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_customer")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_sample_customer_owner_name")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("sample_customer")
