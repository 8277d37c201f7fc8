"""A backup of an older schema goes in at that schema and is upgraded; until that is done, everybody can see so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError
from catalog_app.core.schema_version import NEWEST, UNFINISHED_RESTORE
from catalog_app.operating.backups.archive import Part, Writer, new_file, opened
from catalog_app.operating.backups.cells import Cell
from catalog_app.operating.backups.restoring import restore
from catalog_app.operating.backups.taking import backup
from catalog_app.products.counters import recount
from catalog_app.sync.models import Heartbeat
from tests.operating.filled import Standing, fill, standing

OLD = "0018_named"
SINCE = ("contact", "campaign", "delivery", "nbo_", "user_identity")
"""How the tables begin that came after it."""


@pytest.fixture
def left_whole(app: Flask) -> Iterator[None]:
    yield
    with db.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {UNFINISHED_RESTORE}")
    upgrade()


def old_backup(path: Path) -> None:
    """Write a backup as the program of that schema would have."""
    newest = path.with_suffix(".new")
    backup(db.engine, newest)
    with opened(newest) as found, new_file(path) as file, Writer(file) as writer:
        there = [part for part in found.contents.parts if not part.table.startswith(SINCE)]
        parts = tuple(writer.add(part.table, part.columns, found.batches(part)) for part in there)
        kept = {part.table for part in parts}
        numberings = tuple(one for one in found.contents.numberings if one.table in kept)
        writer.close(
            found.contents.model_copy(update={"schema_version": OLD, "parts": parts, "numberings": numberings})
        )


@pytest.mark.usefixtures("left_whole")
def test_a_backup_of_an_older_schema_is_upgraded_and_one_that_died_on_the_way_is_noticed(
    app: Flask, tmp_path: Path
) -> None:
    fill()
    before = standing(app)
    old_backup(tmp_path / "b")

    with opened(tmp_path / "b") as found:
        found.batches = died  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            restore(db.engine, found, replace=True)

    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "not put back to its end" in answer.get_data(as_text=True)

    with opened(tmp_path / "b") as found:
        restore(db.engine, found, replace=False)

    assert app.test_client().get("/readyz").status_code == 200
    assert of_then(standing(app)) == of_then(before)
    with db.engine.connect() as connection:
        assert list(recount.faults(connection)) == []
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == NEWEST


@pytest.mark.usefixtures("left_whole")
def test_a_newer_backup_may_take_the_place_of_a_restore_that_died_and_ends_it(app: Flask, tmp_path: Path) -> None:
    fill()
    before = standing(app)
    backup(db.engine, tmp_path / "newest")
    old_backup(tmp_path / "old")
    with opened(tmp_path / "old") as found:
        found.batches = died  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            restore(db.engine, found, replace=True)

    with opened(tmp_path / "newest") as found:
        restore(db.engine, found, replace=True)

    assert app.test_client().get("/readyz").status_code == 200
    assert standing(app) == before


@pytest.mark.usefixtures("left_whole")
def test_a_database_of_an_older_schema_is_not_replaced_either_while_a_process_works_on_it(
    app: Flask, tmp_path: Path
) -> None:
    backup(db.engine, tmp_path / "b")
    with writing() as session:
        session.add(Heartbeat(name="beat:another-machine:1:1", at=utcnow()))
    db.session.remove()
    downgrade(revision=OLD)

    with opened(tmp_path / "b") as found, pytest.raises(ConflictError, match="A process worked on this database"):
        restore(db.engine, found, replace=True)


def died(part: Part) -> Iterator[list[list[Cell]]]:
    raise KeyboardInterrupt


def of_then(rows: Standing) -> Standing:
    return {name: found for name, found in rows.items() if not name.startswith(SINCE)}
