"""Who somebody is at a provider of identities.

Revision ID: 0022_identity
Revises: 0021_recommendations
"""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0022_identity"
down_revision = "0021_recommendations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_identity",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_identity_user_id_user_account")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_user_identity")),
        sa.UniqueConstraint("user_id", name=op.f("uq_user_identity_user_id")),
    )


def downgrade() -> None:
    op.drop_table("user_identity")
