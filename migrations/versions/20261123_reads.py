"""What the read path keeps beside each product: its document, and a number that moves with every write."""

import time

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0005_reads"
down_revision = "0004_engine"
branch_labels = None
depends_on = None

_DECISIVE = ("sale_from", "sale_to", "quota_left", "asks", "min_value", "max_value")


def upgrade() -> None:
    documents = op.create_table(
        "product_document",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sale_from", sa.BigInteger(), nullable=False),
        sa.Column("sale_to", sa.BigInteger(), nullable=False),
        sa.Column("quota_left", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_with", sa.String(length=50), nullable=True),
        sa.Column("worth_in", sa.String(length=3), nullable=False),
        sa.Column("worth", sa.BigInteger(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("min_value", sa.BigInteger(), nullable=True),
        sa.Column("max_value", sa.BigInteger(), nullable=True),
        sa.Column("targets", columns.Json, nullable=True),
        sa.Column("excludes", columns.Json, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_document")),
    )
    versions = op.create_table(
        "catalogue_version",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_catalogue_version")),
    )
    op.bulk_insert(versions, [{"value": time.time_ns() // 1000}])
    # Filled before it is indexed: one index at a time is faster than all of them row by row.
    from catalog_app.products.reads import filling  # noqa: PLC0415  # alembic loads every migration to find one

    filling.fill(op.get_bind())
    for name, what, where in (
        (
            "offered",
            ["worth_in", sa.text("worth DESC"), "id", *_DECISIVE],
            "sale_to > 0",
        ),
        ("opens", ["sale_from"], "sale_from > 0"),
        ("closes", ["sale_to"], "sale_to > 0 AND sale_to < 4611686018427387904"),
    ):
        op.create_index(
            f"ix_product_document_{name}",
            documents.name,
            what,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    op.drop_table("catalogue_version")
    op.drop_table("product_document")
