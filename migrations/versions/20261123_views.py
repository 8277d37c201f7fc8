"""Saved views of the product list, how each person likes their lists, and what needs a person found at once."""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0012_views"
down_revision = "0011_edits"
branch_labels = None
depends_on = None

_IS_TROUBLED = sa.text("sync_state IN ('conflict', 'missing', 'error')")


def upgrade() -> None:
    op.create_table(
        "preference",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=50), nullable=False),
        sa.Column("value", columns.Json, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_preference_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_preference")),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["user_account.id"], name=op.f("fk_saved_view_owner_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_saved_view_owner"), "saved_view", ["owner"], unique=False)
    op.create_index(
        "ix_product_troubled", "product", ["sync_state"], sqlite_where=_IS_TROUBLED, postgresql_where=_IS_TROUBLED
    )


def downgrade() -> None:
    op.drop_index("ix_product_troubled", table_name="product")
    op.drop_index(op.f("ix_saved_view_owner"), table_name="saved_view")
    op.drop_table("saved_view")
    op.drop_table("preference")
