"""What is written ahead and not yet to be seen is found without reading the catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0010_writing"
down_revision = "0009_tmforum"
branch_labels = None
depends_on = None

_IS_HIDDEN = sa.text("version = 0")


def upgrade() -> None:
    op.create_index(
        "ix_product_hidden", "product", ["external_system"], sqlite_where=_IS_HIDDEN, postgresql_where=_IS_HIDDEN
    )


def downgrade() -> None:
    op.execute("DELETE FROM product WHERE version = 0")
    op.drop_index("ix_product_hidden", table_name="product")
