"""A backup holds everything of one moment, comes back as it was on either database, and is whole or not there."""

import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from catalog_app.accounts.models import UserSession
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, FatalError
from catalog_app.operating.backups.archive import Contents, NotABackupError, new_file, opened
from catalog_app.operating.backups.restoring import restore
from catalog_app.operating.backups.taking import backup
from catalog_app.products.counters import recount
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import Heartbeat
from tests.operating.conftest import Run
from tests.operating.filled import emptied, fill, standing


def taken(app: Flask, path: Path) -> Contents:
    with app.app_context():
        db.session.remove()
        return backup(db.engine, path)


def put_back(app: Flask, path: Path, *, replace: bool = False) -> None:
    with app.app_context(), opened(path) as found:
        db.session.remove()
        restore(db.engine, found, replace=replace)


def test_everything_comes_back_to_the_database_that_it_was_taken_from(app: Flask, tmp_path: Path) -> None:
    ids = fill()
    before = standing(app)
    path = tmp_path / "catalog.backup"
    taken(app, path)
    catalog = ProductCatalogService()
    later = catalog.create({"name": "Later", "product_type": "data"}, actor="tests").id
    catalog.delete(ids[0], expected_version=None, actor="tests")

    put_back(app, path, replace=True)

    assert standing(app) == before
    assert emptied(app) == []
    with db.engine.connect() as connection:
        assert list(recount.faults(connection)) == []
    assert catalog.create({"name": "Next", "product_type": "data"}, actor="tests").id > later


def test_everything_comes_back_on_the_other_database(app: Flask, other: Flask, tmp_path: Path) -> None:
    fill()
    path = tmp_path / "catalog.backup"
    contents = taken(app, path)

    put_back(other, path)

    before, after = standing(app), standing(other)
    assert after == before
    assert contents.rows == sum(len(rows) for name, rows in before.items() if name != "product_document")
    with other.app_context():
        with db.engine.connect() as connection:
            assert list(recount.faults(connection)) == []
        made = ProductCatalogService().create({"name": "Next", "product_type": "data"}, actor="tests")
        assert made.id not in {row["id"] for row in before["product"]}


def test_a_search_finds_what_was_restored(app: Flask, other: Flask, tmp_path: Path) -> None:
    fill()
    taken(app, tmp_path / "b")

    put_back(other, tmp_path / "b")

    with other.app_context(), db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        question = "product_search MATCH 'pla AND lan'" if is_sqlite else "text LIKE '%plan%'"
        query = text(f"SELECT count(*) FROM product_search WHERE {question}")  # noqa: S608
        assert connection.execute(query).scalar_one() == 2


def test_a_backup_is_of_one_moment_however_much_is_written_meanwhile(app: Flask, tmp_path: Path) -> None:
    catalog = ProductCatalogService()
    stop, counts = threading.Event(), []

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                catalog.create({"name": "One more", "product_type": "data"}, actor="tests")
            db.session.remove()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(4):
            contents = taken(app, tmp_path / f"{number}.backup")
            counts.append({part.table: part.rows for part in contents.parts})
    finally:
        stop.set()
        writer.join()

    assert all(rows["product"] == rows["revision"] for rows in counts)
    assert counts[-1]["product"] > counts[0]["product"]


def test_a_database_in_use_is_not_replaced_unless_that_is_said(app: Flask, tmp_path: Path) -> None:
    taken(app, tmp_path / "empty")
    fill()
    before = standing(app)

    with pytest.raises(ConflictError, match="--replace"):
        put_back(app, tmp_path / "empty")

    assert standing(app) == before


def test_a_database_that_a_process_works_on_is_left_alone(app: Flask, tmp_path: Path) -> None:
    taken(app, tmp_path / "b")
    with writing() as session:
        session.add(Heartbeat(name="beat:another-machine:1:1", at=utcnow()))

    with pytest.raises(ConflictError, match="Stop all of them"):
        put_back(app, tmp_path / "b", replace=True)


def test_nobody_is_signed_in_after_a_restore(app: Flask, tmp_path: Path) -> None:
    fill()
    taken(app, tmp_path / "b")
    session = dict.fromkeys(("secret_hash", "address", "user_agent"), "x")
    now = utcnow()
    with writing() as writer:
        writer.add(UserSession(**session, user_id=1001, created_at=now, last_seen_at=now, expires_at=now))

    put_back(app, tmp_path / "b", replace=True)

    assert emptied(app) == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def exchange(path: Path) -> None:
    """Put other rows into a part, as somebody might who unpacks the file."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["product.ndjson"] = parts["product.ndjson"].replace(b"5G", b"6G")
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)


def drop_a_part(path: Path) -> None:
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist() if name != "revision.ndjson"}
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)


def from_the_future(path: Path) -> None:
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with opened(path) as found:
        version = found.contents.schema_version.encode()
    parts["catalog-backup.json"] = parts["catalog-backup.json"].replace(version, b"9999_later")
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)


def another_file(path: Path) -> None:
    path.write_text("no backup")


@pytest.mark.parametrize("harm", [cut, flip, exchange, drop_a_part, from_the_future, another_file])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    app: Flask, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    fill()
    path = tmp_path / "b"
    taken(app, path)
    before = standing(app)
    harm(path)

    with pytest.raises(NotABackupError):
        put_back(app, path, replace=True)

    assert standing(app) == before


def test_a_restore_that_fails_half_way_leaves_the_database_as_it_was(app: Flask, tmp_path: Path) -> None:
    fill()
    taken(app, tmp_path / "b")
    ProductCatalogService().create({"name": "Later", "product_type": "data"}, actor="tests")
    before = standing(app)

    with opened(tmp_path / "b") as found:
        last = found.contents.parts[-1]
        whole = found.batches
        found.batches = lambda part: whole(part) if part != last else iter([[[None] * len(part.columns)]])  # type: ignore[method-assign]
        db.session.remove()
        with pytest.raises(FatalError, match="Nothing was changed"):
            restore(db.engine, found, replace=True)

    assert standing(app) == before


def test_the_file_is_its_owners_alone_and_an_older_one_is_replaced_whole(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "b"
    first = taken(app, path)
    second = taken(app, path)

    assert second.made_at > first.made_at
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".b*"))


def test_what_a_killed_backup_left_is_written_over_and_two_at_once_are_refused(app: Flask, tmp_path: Path) -> None:
    left = tmp_path / ".b.part"
    left.write_bytes(b"half a backup")
    left.chmod(0o644)

    taken(app, tmp_path / "b")

    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    assert not left.exists()
    with new_file(tmp_path / "b"), pytest.raises(FatalError, match="Another backup"):
        taken(app, tmp_path / "b")


def test_products_that_are_written_ahead_are_not_in_it(app: Flask, tmp_path: Path) -> None:
    ids = fill()
    hidden = "UPDATE product SET version = 0, deleted_at = '1970-01-01 00:00:00' WHERE id = :id"
    with writing() as session:
        session.execute(text(hidden), {"id": ids[2]})

    contents = taken(app, tmp_path / "b")

    assert {part.table: part.rows for part in contents.parts}["product"] == len(ids) - 1


def test_what_is_no_backup_is_never_overwritten(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "precious.db"
    path.write_text("something else")

    with pytest.raises(FatalError, match="not a backup"):
        taken(app, path)

    assert path.read_text() == "something else"


def test_a_backup_that_fails_leaves_the_older_one_and_nothing_else(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "b"
    taken(app, path)
    content = path.read_bytes()
    with db.engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    try:
        with pytest.raises(FatalError, match="9999_later"):
            taken(app, path)
    finally:
        with opened(path) as found, db.engine.connect() as connection, connection.begin():
            version = found.contents.schema_version
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})

    assert path.read_bytes() == content
    assert not list(tmp_path.glob(".b*"))


def test_the_commands_say_what_they_did_on_stderr(run: Run, app: Flask, tmp_path: Path) -> None:
    fill()
    path = tmp_path / "nightly.backup"

    made, refused, done = run("backup", path), run("restore", path), run("restore", path, "--replace")

    assert (made.exit_code, made.stdout) == (0, "")
    assert "encryption keys are not in it" in made.stderr
    assert (refused.exit_code, "--replace" in refused.stderr) == (1, True)
    assert (done.exit_code, "Everybody signs in again" in done.stderr) == (0, True)
    assert run("restore", tmp_path / "nowhere").exit_code == 1
    assert run("backup", tmp_path / "no" / "folder").exit_code == 1
    assert run("backup").exit_code == 64


def test_an_empty_database_stays_empty_when_an_empty_backup_is_put_back(app: Flask, tmp_path: Path) -> None:
    taken(app, tmp_path / "b")

    put_back(app, tmp_path / "b")

    with db.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Product)).scalar_one() == 0
