"""The search index and the counters."""

import sqlalchemy as sa
from alembic import op

revision = "0006_search"
down_revision = "0005_reads"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_count",
        sa.Column("product_type", sa.String(length=20), nullable=False),
        sa.Column("lifecycle_status", sa.String(length=20), nullable=False),
        sa.Column("external_system", sa.String(length=50), nullable=False),
        sa.Column("sync_state", sa.String(length=20), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "product_type",
            "lifecycle_status",
            "external_system",
            "sync_state",
            "is_open",
            "part",
            name=op.f("pk_product_count"),
        ),
    )
    op.create_table(
        "product_edge",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("level", "at", "part", name=op.f("pk_product_edge")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.execute(
            "CREATE TABLE product_search (id integer CONSTRAINT pk_product_search PRIMARY KEY, text text NOT NULL)"
        )
        op.execute("CREATE INDEX ix_product_search_text ON product_search USING gin (text gin_trgm_ops)")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE product_search USING fts5"
            "(text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1')"
        )
        op.execute("CREATE VIRTUAL TABLE product_search_vocab USING fts5vocab(product_search, instance)")
    _fill()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE product_search_vocab")
    op.execute("DROP TABLE product_search")
    op.drop_table("product_edge")
    op.drop_table("product_count")


def _fill() -> None:
    from catalog_app.products.search import search_index  # noqa: PLC0415

    # The counters are filled by the last migration of theirs.
    search_index.fill(op.get_bind())
