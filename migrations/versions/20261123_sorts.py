"""Type and status beside each sort order, and the counts of each word of the catalogue by itself.

Revision ID: 0017_sorts
Revises: 0016_imports
"""

import sqlalchemy as sa
from alembic import op

revision = "0017_sorts"
down_revision = "0016_imports"
branch_labels = None
depends_on = None

_SORTED = ("updated_at", "name", "price", "category", "created_at")
_NARROWED = ("product_type", "lifecycle_status")


def upgrade() -> None:
    op.drop_index(op.f("ix_product_product_type_lifecycle_status"), table_name="product")
    op.create_index(op.f("ix_product_product_type_lifecycle_status_id"), "product", [*_NARROWED, "id"])
    for name in _SORTED:
        op.drop_index(op.f(f"ix_product_{name}_id"), table_name="product")
        op.create_index(
            op.f(f"ix_product_{name}_id_product_type_lifecycle_status"), "product", [name, "id", *_NARROWED]
        )
    op.create_table(
        "product_tally",
        sa.Column("dimension", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word", sa.String(length=50), nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("dimension", "word", "part", name=op.f("pk_product_tally")),
    )
    _fill()


def downgrade() -> None:
    op.drop_table("product_tally")
    op.drop_index(op.f("ix_product_product_type_lifecycle_status_id"), table_name="product")
    op.create_index(op.f("ix_product_product_type_lifecycle_status"), "product", [*_NARROWED])
    for name in _SORTED:
        op.drop_index(op.f(f"ix_product_{name}_id_product_type_lifecycle_status"), table_name="product")
        op.create_index(op.f(f"ix_product_{name}_id"), "product", [name, "id"])


def _fill() -> None:
    from catalog_app.products.counters import recount  # noqa: PLC0415

    recount.fill(op.get_bind())
