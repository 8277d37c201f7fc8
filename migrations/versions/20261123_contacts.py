"""Contacts: who was offered what and answered what, what customers do not want, and how often they may be asked.

Revision ID: 0019_contacts
Revises: 0018_named
"""

from secrets import token_hex

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0019_contacts"
down_revision = "0018_named"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("choice", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=True),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_choice")),
        sa.UniqueConstraint("customer", "channel", name=op.f("uq_contact_choice_customer_channel")),
        sqlite_autoincrement=True,
    )
    policy = op.create_table(
        "contact_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("caps", columns.Json, nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_to", sa.String(length=5), nullable=True),
        sa.Column("time_zone", sa.String(length=50), nullable=False),
        sa.Column("consent_channels", columns.Json, nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(), nullable=True),
        sa.Column("updated_by", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_policy")),
    )
    # The one policy: it asks for nothing until somebody sets it. Its salt is made here, once for this database.
    open_policy = {
        "id": 1,
        "caps": [],
        "quiet_from": None,
        "quiet_to": None,
        "time_zone": "UTC",
        "consent_channels": [],
        "salt": token_hex(32),
        "updated_at": None,
        "updated_by": None,
        "version": 1,
    }
    op.bulk_insert(policy, [open_policy])
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("answered_at", columns.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_contact_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_contact_delivery_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_at"), "contact", ["at"], unique=False)
    op.create_index(
        "ix_contact_history",
        "contact",
        ["customer", "at", "channel", "product_id", "campaign_id", "answer", "answered_at"],
        unique=False,
    )
    op.create_index(op.f("ix_contact_product_id"), "contact", ["product_id"], unique=False)


def downgrade() -> None:
    op.drop_table("contact")
    op.drop_table("contact_choice")
    op.drop_table("contact_policy")
