"""Where a product is used: indexes of the few products that name others.

Revision ID: 0018_named
Revises: 0017_sorts
"""

import sqlalchemy as sa
from alembic import op

revision = "0018_named"
down_revision = "0017_sorts"
branch_labels = None
depends_on = None

_NAMING = ("members", "relations")


def upgrade() -> None:
    for column in _NAMING:
        names_some = sa.text(f"{column} <> '[]'")
        op.create_index(
            op.f(f"ix_product_{column}"),
            "product",
            [column],
            sqlite_where=names_some,
            postgresql_where=names_some,
            postgresql_using="gin",
            postgresql_ops={column: "jsonb_path_ops"},
        )


def downgrade() -> None:
    for column in _NAMING:
        op.drop_index(op.f(f"ix_product_{column}"), table_name="product")
