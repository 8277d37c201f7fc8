"""The files that people upload to import products from.

Revision ID: 0016_imports
Revises: 0014_days
"""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0016_imports"
down_revision = "0014_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("facts", columns.Json, nullable=False),
        sa.Column("uploaded_by", sa.String(length=255), nullable=False),
        sa.Column("uploaded_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_import_file_uploaded_at"), "import_file", ["uploaded_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_import_file_uploaded_at"), table_name="import_file")
    op.drop_table("import_file")
