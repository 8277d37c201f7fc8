"""The change feed: no gap on PostgreSQL; webhooks that follow it."""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0007_feed"
down_revision = "0006_search"
branch_labels = None
depends_on = None

# Every writer of revisions says before its first one how far the numbers had come, and a reader goes no further than
# the oldest writer that is still at work (docs/adr/0017-feed.md). The statement's trigger runs before the first number
# is taken. Its memory is the transaction's own: a savepoint that is rolled back forgets it together with the lock.
ANNOUNCE = """
CREATE FUNCTION revision_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('catalog.revision_announced', true), '') = '' THEN
        PERFORM pg_advisory_xact_lock_shared(
            710017, (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM revision_id_seq)::integer
        );
        PERFORM set_config('catalog.revision_announced', 'yes', true);
    END IF;
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER revision_announce BEFORE INSERT ON revision FOR EACH STATEMENT EXECUTE FUNCTION revision_announce()
"""


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("shape", sa.String(length=30), nullable=False),
        sa.Column("event_types", columns.Json, nullable=False),
        sa.Column("description", sa.String(length=255), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("last_success_at", columns.UtcDateTime(), nullable=True),
        sa.Column("last_failure_at", columns.UtcDateTime(), nullable=True),
        sa.Column("disabled_at", columns.UtcDateTime(), nullable=True),
        sa.Column("disabled_because", sa.String(length=255), nullable=True),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.Column("lease_expires_at", columns.UtcDateTime(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=50), nullable=False),
        sa.Column("event_type", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", columns.UtcDateTime(), nullable=True),
        sa.Column("give_up_at", columns.UtcDateTime(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(length=255), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("ended_at", columns.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id_webhook"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("webhook_id", "event_id", name=op.f("uq_webhook_delivery_webhook_id_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_webhook_delivery_webhook_id_status_next_at"),
        "webhook_delivery",
        ["webhook_id", "status", "next_at"],
        unique=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ANNOUNCE)
        op.execute(TRIGGER)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER revision_announce ON revision")
        op.execute("DROP FUNCTION revision_announce()")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
