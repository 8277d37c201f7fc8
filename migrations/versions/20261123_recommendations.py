"""Recommendations: decisions, what became of them, what was learned of them, and how offers are chosen.

Revision ID: 0021_recommendations
Revises: 0020_campaigns
"""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0021_recommendations"
down_revision = "0020_campaigns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nbo_candidate_set",
        sa.Column("hash", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("product_ids", sa.LargeBinary(), nullable=False),
        sa.Column("last_used", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_nbo_candidate_set")),
    )
    op.create_index(op.f("ix_nbo_candidate_set_last_used"), "nbo_candidate_set", ["last_used"], unique=False)
    op.create_table(
        "nbo_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decided_at", columns.UtcDateTime(), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=True),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("context", sa.String(length=50), nullable=True),
        sa.Column("features", columns.Json, nullable=True),
        sa.Column("owned", columns.Json, nullable=True),
        sa.Column("candidate_set", sa.String(length=32), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("arm", sa.String(length=20), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("offers", columns.Json, nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nbo_decision")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_nbo_decision_candidate_set"), "nbo_decision", ["candidate_set"], unique=False)
    op.create_index(
        op.f("ix_nbo_decision_customer_decided_at"), "nbo_decision", ["customer", "decided_at"], unique=False
    )
    op.create_index(op.f("ix_nbo_decision_decided_at"), "nbo_decision", ["decided_at"], unique=False)
    op.create_table(
        "nbo_model",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("trained_at", columns.UtcDateTime(), nullable=False),
        sa.Column("trained_by", sa.String(length=255), nullable=False),
        sa.Column("data_from", columns.UtcDateTime(), nullable=True),
        sa.Column("data_until", columns.UtcDateTime(), nullable=True),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("impressions", sa.Integer(), nullable=False),
        sa.Column("acceptances", sa.Integer(), nullable=False),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("settings", columns.Json, nullable=False),
        sa.Column("metrics", columns.Json, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("artefact", sa.LargeBinary(), nullable=False),
        sa.Column("activated_at", columns.UtcDateTime(), nullable=True),
        sa.Column("activated_by", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_nbo_model")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_nbo_model_status"), "nbo_model", ["status"], unique=False)
    settings = op.create_table(
        "nbo_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("use_propensity", sa.Boolean(), nullable=False),
        sa.Column("use_context", sa.Boolean(), nullable=False),
        sa.Column("use_value", sa.Boolean(), nullable=False),
        sa.Column("use_levers", sa.Boolean(), nullable=False),
        sa.Column("exploration", columns.Json, nullable=False),
        sa.Column("contexts", columns.Json, nullable=False),
        sa.Column("repeatable_types", columns.Json, nullable=False),
        sa.Column("attribution_days", sa.Integer(), nullable=False),
        sa.Column("decline_days", sa.Integer(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("train_nightly", sa.Boolean(), nullable=False),
        sa.Column("train_at", sa.String(length=5), nullable=False),
        sa.Column("promote", sa.Boolean(), nullable=False),
        sa.Column("stale_days", sa.Integer(), nullable=False),
        sa.Column("active_model", sa.Integer(), nullable=True),
        sa.Column("updated_at", columns.UtcDateTime(), nullable=True),
        sa.Column("updated_by", sa.String(length=255), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nbo_settings")),
    )
    # Offers are ranked by all four factors, nothing is left to chance, and nothing was learned yet.
    as_it_begins = {
        "id": 1,
        "use_propensity": True,
        "use_context": True,
        "use_value": True,
        "use_levers": True,
        "exploration": {},
        "contexts": [],
        "repeatable_types": ["voucher"],
        "attribution_days": 14,
        "decline_days": 30,
        "window_days": 365,
        "train_nightly": True,
        "train_at": "03:10",
        "promote": True,
        "stale_days": 14,
        "active_model": None,
        "updated_at": None,
        "updated_by": None,
        "version": 1,
    }
    op.bulk_insert(settings, [as_it_begins])
    op.create_table(
        "nbo_training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.String(length=255), nullable=False),
        sa.Column("requested_at", columns.UtcDateTime(), nullable=False),
        sa.Column("until", columns.UtcDateTime(), nullable=True),
        sa.Column("started_at", columns.UtcDateTime(), nullable=True),
        sa.Column("finished_at", columns.UtcDateTime(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("model_version", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("lease_holder", sa.String(length=255), nullable=True),
        sa.Column("lease_expires_at", columns.UtcDateTime(), nullable=True),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nbo_training")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_nbo_training_open",
        "nbo_training",
        ["status"],
        unique=False,
        sqlite_where=sa.text("status IN ('queued', 'running')"),
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "nbo_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=100), nullable=False),
        sa.Column("customer", sa.String(length=32), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=10), nullable=False),
        sa.Column("occurred_at", columns.UtcDateTime(), nullable=False),
        sa.Column("received_at", columns.UtcDateTime(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("features", columns.Json, nullable=True),
        sa.Column("owned", columns.Json, nullable=True),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_nbo_event_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nbo_event")),
        sa.UniqueConstraint("event_id", name=op.f("uq_nbo_event_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_nbo_event_customer_product_id_occurred_at"),
        "nbo_event",
        ["customer", "product_id", "occurred_at"],
        unique=False,
    )
    op.create_index(op.f("ix_nbo_event_decision_id"), "nbo_event", ["decision_id"], unique=False)
    op.create_index(op.f("ix_nbo_event_occurred_at_id"), "nbo_event", ["occurred_at", "id"], unique=False)
    op.create_index(op.f("ix_nbo_event_product_id"), "nbo_event", ["product_id"], unique=False)


def downgrade() -> None:
    op.drop_table("nbo_training")
    op.drop_table("nbo_model")
    op.drop_table("nbo_event")
    op.drop_table("nbo_decision")
    op.drop_table("nbo_candidate_set")
    op.drop_table("nbo_settings")
