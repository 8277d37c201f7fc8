"""Counts of the catalogue for each day.

Revision ID: 0014_days
Revises: 0013_customers
"""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0014_days"
down_revision = "0013_customers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("by_system", columns.Json, nullable=False),
        sa.Column("by_type", columns.Json, nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_catalogue_day")),
    )


def downgrade() -> None:
    op.drop_table("catalogue_day")
