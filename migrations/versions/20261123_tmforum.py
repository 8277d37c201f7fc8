"""What only the TM Forum door needs."""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0009_tmforum"
down_revision = "0008_requests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tmf_resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("path", sa.String(length=1000), nullable=True),
        sa.Column("lifecycle_status", sa.String(length=20), nullable=False),
        sa.Column("body", columns.Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_tmf_resource_product_id_product"),
        sa.PrimaryKeyConstraint("id", name="pk_tmf_resource"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tmf_resource_product_id", "tmf_resource", ["product_id"], unique=True)
    op.create_index("ix_tmf_resource_kind_name", "tmf_resource", ["kind", "name"], unique=False)
    op.create_index("ix_tmf_resource_kind_path", "tmf_resource", ["kind", "path"], unique=True)


def downgrade() -> None:
    op.drop_table("tmf_resource")
