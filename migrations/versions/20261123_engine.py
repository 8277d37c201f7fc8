"""The sync engine: settings of a system apart from its state, schedules, incremental runs, undo."""

import sqlalchemy as sa
from alembic import op

from catalog_app.core import columns

revision = "0004_engine"
down_revision = "0003_sync"
branch_labels = None
depends_on = None

STATE = ("last_complete_at", "last_success_at", "lease_holder", "lease_expires_at", "lease_number")


def upgrade() -> None:
    op.create_table(
        "system_state",
        sa.Column("key", sa.String(length=50), nullable=False),
        sa.Column("last_complete_at", columns.UtcDateTime(), nullable=True),
        sa.Column("last_success_at", columns.UtcDateTime(), nullable=True),
        sa.Column("high_water_mark", columns.UtcDateTime(), nullable=True),
        sa.Column("lease_holder", sa.String(length=255), nullable=True),
        sa.Column("lease_expires_at", columns.UtcDateTime(), nullable=True),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"], ["external_system.key"], name=op.f("fk_system_state_key_external_system"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_system_state")),
    )
    names = ", ".join(("key", *STATE))
    op.execute(f"INSERT INTO system_state ({names}) SELECT {names} FROM external_system")  # noqa: S608  # our own names
    op.create_table(
        "system_schedule",
        sa.Column("external_system", sa.String(length=50), nullable=False),
        sa.Column("frequency", sa.String(length=100), nullable=False),
        sa.Column("due_at", columns.UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["external_system"],
            ["external_system.key"],
            name=op.f("fk_system_schedule_external_system_external_system"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("external_system", "frequency", name=op.f("pk_system_schedule")),
    )
    op.create_index(op.f("ix_system_schedule_due_at"), "system_schedule", ["due_at"], unique=False)
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    with op.batch_alter_table("external_system") as table:
        for name in STATE:
            table.drop_column(name)
        table.add_column(sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("auth_kind", sa.String(length=50), nullable=True))
        table.add_column(sa.Column("header_prefix", sa.String(length=20), nullable=True))
        for name in ("secrets", "params", "tables", "limits", "guards"):
            table.add_column(sa.Column(name, columns.Json, nullable=False, server_default="{}"))
        table.add_column(sa.Column("sync_frequency", sa.String(length=100), nullable=False, server_default="manual"))
        table.add_column(sa.Column("time_zone", sa.String(length=64), nullable=False, server_default="UTC"))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("sync_run") as table:
        table.add_column(sa.Column("origin", sa.String(length=20), nullable=False, server_default="manual"))
        table.add_column(sa.Column("frequencies", columns.Json, nullable=True))
        table.add_column(sa.Column("since", columns.UtcDateTime(), nullable=True))
        table.add_column(sa.Column("high_water_mark", columns.UtcDateTime(), nullable=True))
        table.add_column(sa.Column("retry_of", sa.Integer(), nullable=True))
        table.add_column(sa.Column("planned_at", columns.UtcDateTime(), nullable=True))
        table.add_column(sa.Column("decided_at", columns.UtcDateTime(), nullable=True))
        table.add_column(sa.Column("undone_at", columns.UtcDateTime(), nullable=True))
        table.add_column(sa.Column("undone_by", sa.String(length=255), nullable=True))
        table.add_column(sa.Column("undone", columns.Json, nullable=True))
        table.add_column(sa.Column("not_due", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("reordered", sa.Integer(), nullable=False, server_default="0"))
        table.create_foreign_key(
            op.f("fk_sync_run_retry_of_sync_run"), "sync_run", ["retry_of"], ["id"], ondelete="SET NULL"
        )
    op.add_column("sync_change", sa.Column("undone", columns.Json, nullable=True))
    op.add_column("product", sa.Column("undone_hash", sa.String(length=64), nullable=True))
    has_frequency = sa.text("sync_frequency IS NOT NULL AND deleted_at IS NULL")
    op.create_index(
        op.f("ix_product_external_system_sync_frequency"),
        "product",
        ["external_system", "sync_frequency"],
        unique=False,
        sqlite_where=has_frequency,
        postgresql_where=has_frequency,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_product_external_system_sync_frequency"), table_name="product")
    op.drop_column("product", "undone_hash")
    op.drop_column("sync_change", "undone")
    with op.batch_alter_table("sync_run") as table:
        table.drop_constraint(op.f("fk_sync_run_retry_of_sync_run"), type_="foreignkey")
        for name in (
            "origin", "frequencies", "since", "high_water_mark", "retry_of", "planned_at", "decided_at", "undone_at",
            "undone_by", "undone", "not_due", "reordered",
        ):  # fmt: skip
            table.drop_column(name)
    with op.batch_alter_table("external_system") as table:
        for name in (
            "enabled", "auth_kind", "header_prefix", "secrets", "params", "tables", "limits", "guards",
            "sync_frequency", "time_zone", "version",
        ):  # fmt: skip
            table.drop_column(name)
        for name in ("last_complete_at", "last_success_at", "lease_expires_at"):
            table.add_column(sa.Column(name, columns.UtcDateTime(), nullable=True))
        table.add_column(sa.Column("lease_holder", sa.String(length=255), nullable=True))
        table.add_column(sa.Column("lease_number", sa.Integer(), nullable=False, server_default="0"))
    for name in STATE:
        op.execute(
            f"UPDATE external_system SET {name} = "  # noqa: S608  # our own names
            f"(SELECT {name} FROM system_state WHERE system_state.key = external_system.key)"
        )
    op.drop_table("heartbeat")
    op.drop_table("system_schedule")
    op.drop_table("system_state")
