"""`migrations`: a full catalogue goes down through every migration and up again; what was there before stays as it was."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from benchmarks.torture.contents import Columns, Rows, columns_of, common, differing, rows_of
from benchmarks.torture.ground import Finding, Ground, ground, offering
from catalog_app.accounts.roles import ROLES
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.app import create_app
from catalog_app.core.db import WRITING, db
from catalog_app.core.schema_version import MIGRATIONS, NEWEST
from catalog_app.demo.catalogue import catalogue
from catalog_app.demo.curation import curate
from catalog_app.operating.backups.contents import DERIVED
from catalog_app.products.counters import recount
from catalog_app.settings import Settings
from catalog_app.sync.service import ProductSyncService
from scripts import story
from tests.support.clients import PASSWORD as TYPED
from tests.support.databases import plain_settings

PRODUCTS = 20_000
LOWEST = "0002_catalogue"
"""Below this there are no products."""
_DOCUMENTS = "product_document"
_MOVES_ON = {"catalogue_version"}
"""Rises whenever caches may not be believed any more."""


def migrations(database: str, *, products: int = PRODUCTS) -> Iterator[Finding]:
    """Fill a catalogue as the demo does, beside so many products, and take its schema down and up one by one."""
    schemas = _schemas()
    listing = [*catalogue(), *(offering(10**6 + number) for number in range(products))]
    with ground(database, listing) as there, there.app().app_context():
        _live_a_little(there)
        whole = schemas[NEWEST]
        before, shown = rows_of(db.engine, whole), _documents()
        yield _filled(before, database)
        yield from _walk(schemas, down=True)
        yield from _walk(schemas, down=False)
        changed = differing(before, after := rows_of(db.engine, whole))
        derived = {table: count for table, count in changed.items() if table in DERIVED - _MOVES_ON - {_DOCUMENTS}}
        derived |= differing({_DOCUMENTS: shown}, {_DOCUMENTS: _documents()})
        yield Finding("... what is worked out from products, made anew", _told(derived), not derived)
        lost = sum((before[table] - after[table]).total() for table in changed if table not in DERIVED)
        figure = f"{lost} rows of {len([table for table in changed if table not in DERIVED])} tables"
        yield Finding(f"... lost with what the upgrades after {LOWEST} had added", figure, holds=True)
        db.session.remove()
        db.engine.dispose()


def _documents() -> Counter[str]:
    """Return what each document says.

    PostgreSQL keeps the fields of an object in an order of its own, so a document that is made anew from the product
    may name the same fields in another order than one that was made of what somebody had sent.
    """
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM product_document").mappings()
        return Counter(repr({**row, "body": _sorted(row["body"])}) for row in rows)


def _sorted(body: str) -> bytes:
    return orjson.dumps(orjson.loads(f"{{{body}}}"), option=orjson.OPT_SORT_KEYS)


def _filled(rows: Rows, database: str) -> Finding:
    counts = {table: found.total() for table, found in rows.items()}
    named = f"{sum(counts.values()):,} rows in {sum(map(bool, counts.values()))} tables, {counts['product']:,} products"
    return Finding(f"a catalogue to migrate, {database}", named, holds=True)


def _walk(schemas: dict[str, Columns], *, down: bool) -> Iterator[Finding]:
    """Go through all migrations one by one, holding what both schemas have before each against what it is after."""
    names = list(schemas) if down else list(reversed(schemas))
    changed, slowest = dict[str, str](), (0.0, "")
    for one, other in pairwise(names):
        # What is worked out from products is emptied and filled anew by the newest migration that is about it.
        both = {table: names for table, names in common(schemas[one], schemas[other]).items() if table not in DERIVED}
        before = rows_of(db.engine, both)
        begun = time.monotonic()
        (downgrade if down else upgrade)(revision=other)
        slowest = max(slowest, (time.monotonic() - begun, one if down else other))
        if found := differing(before, rows_of(db.engine, both)):
            changed[f"{one} to {other}"] = _told(found)
    figure = "; ".join(f"{step}: {words}" for step, words in changed.items()) or "0 rows differ in what both have"
    words = "down" if down else "up"
    yield Finding(f"{words} through {len(names) - 1} migrations, one by one", figure, not changed)
    yield Finding(f"... the slowest of them {words}", f"{slowest[0]:.1f} s ({slowest[1]})", holds=True)


def _told(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} rows of {table}" for table, count in found.items()) or "0 rows differ"


def _schemas() -> dict[str, Columns]:
    """Return the columns of every table at each migration, the newest first: they are the same on both databases."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    found: dict[str, Columns] = {}
    with TemporaryDirectory() as folder:
        settings = Settings.model_validate(plain_settings(f"sqlite:///{folder}/empty.db", Path(folder)))
        with create_app(settings).app_context():
            upgrade()
            for script in scripts.walk_revisions():
                downgrade(revision=script.revision)
                found[script.revision] = columns_of(db.engine)
                if script.revision == LOWEST:
                    break
            db.session.remove()
            db.engine.dispose()
    return found


def _live_a_little(there: Ground) -> None:
    """Let everything happen that leaves rows behind: accounts, syncs, edits, campaigns, decisions, trainings."""
    for role in ROLES:
        users.create(NewUser(email=f"{role}@example.org", name=f"The {role}", role=role), TYPED, actor="torture")
    run = ProductSyncService().sync_from_xiva()
    assert run.status == "applied", run.error
    curate()
    story.tell(there.source, actor="user:admin@example.org")
    db.session.remove()
    # Counts lie in several rows, as they came; counted anew they lie in one, as a migration leaves them.
    with db.engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        recount.fill(connection)
