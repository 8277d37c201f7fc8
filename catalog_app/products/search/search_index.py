"""The index in which a search looks for substrings, kept in the transaction of each write.

SQLite: a full-text table of trigrams that keeps no text (FTS5, contentless, detail=none); taking a product out needs the
text that was put in. PostgreSQL: the text in a table of its own under a trigram index, so that a change of anything
else does not touch that index. A deleted product has no row here; one that has a row may still be hidden
(products/bulk.py), so whoever searches asks the product too.
"""

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from catalog_app.core.bulk_sql import array_texts, is_postgresql
from catalog_app.products.search.grams import indexed

Text = tuple[int, str]
Change = tuple[int, str, str]

_BATCH = 10_000
_MANY = 1_000
"""From so many texts on, PostgreSQL's list of what is still to be sorted in is worked off at once."""
_SELDOM = 64
"""Of the transactions that bring fewer, one in so many works it off."""


def keep(
    connection: Connection,
    added: Sequence[Text] = (),
    changed: Sequence[Change] = (),
    removed: Sequence[Text] = (),
) -> None:
    """Bring the index up to date inside the caller's transaction.

    Each product stands in one of the three: with its search text, with its former and its present one, or with the
    one that it had. Texts are `product.search_text` as it is (core/text.fold).
    """
    changed = [(number, old, new) for number, old, new in changed if old != new]
    if is_postgresql(connection):
        _keep_postgresql(connection, added, changed, removed)
    else:
        _keep_sqlite(connection, added, changed, removed)


def fill(connection: Connection) -> None:
    """Make the index anew from the products that there are."""
    if is_postgresql(connection):
        connection.exec_driver_sql("TRUNCATE product_search")
        connection.exec_driver_sql(
            "INSERT INTO product_search (id, text) SELECT id, search_text FROM product WHERE deleted_at IS NULL"
        )
        _sort_in(connection)
        return
    connection.exec_driver_sql("INSERT INTO product_search (product_search) VALUES ('delete-all')")
    rows = connection.exec_driver_sql(
        "SELECT id, search_text FROM product WHERE deleted_at IS NULL ORDER BY id",
        execution_options={"yield_per": _BATCH},
    )
    for part in rows.partitions():
        _insert(connection, part)


def _keep_sqlite(
    connection: Connection, added: Sequence[Text], changed: Sequence[Change], removed: Sequence[Text]
) -> None:
    gone = [*removed, *((number, old) for number, old, _ in changed)]
    if gone:
        connection.connection.cursor().executemany(
            "INSERT INTO product_search (product_search, rowid, text) VALUES ('delete', ?, ?)",
            [(number, indexed(text)) for number, text in gone],
        )
    _insert(connection, [*added, *((number, new) for number, _, new in changed)])


def _insert(connection: Connection, texts: Iterable[Sequence[int | str]]) -> None:
    rows = [(number, indexed(str(text))) for number, text in texts]
    if rows:
        # Ascending numbers are what the index writes fastest.
        rows.sort()
        connection.connection.cursor().executemany("INSERT INTO product_search (rowid, text) VALUES (?, ?)", rows)


def _keep_postgresql(
    connection: Connection, added: Sequence[Text], changed: Sequence[Change], removed: Sequence[Text]
) -> None:
    cursor = connection.connection.cursor()
    if removed:
        cursor.execute("DELETE FROM product_search WHERE id = ANY(%s)", ([number for number, _ in removed],))
    written = [*added, *((number, new) for number, _, new in changed)]
    if written:
        cursor.execute(
            "INSERT INTO product_search (id, text) SELECT * FROM unnest(%s::integer[], %s::text[])"
            " ON CONFLICT (id) DO UPDATE SET text = excluded.text",
            array_texts(written),
        )
    if len(written) >= _MANY or (written and secrets.randbelow(_SELDOM) == 0):
        _sort_in(connection)


def _sort_in(connection: Connection) -> None:
    """Work off what GIN has put aside, or every search would have to go through it."""
    connection.exec_driver_sql("SELECT gin_clean_pending_list('ix_product_search_text')")
