"""The feed has no gap: whoever reads on from where they were misses nothing, whenever others commit."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import Stored, insert_rows, json_text
from catalog_app.core.db import Base, db, writing
from catalog_app.events.feed import LostPositionError, check_position, horizon, position_of, read_feed
from catalog_app.events.models import Revision
from catalog_app.events.service import record_revision

pytestmark = pytest.mark.usefixtures("app")

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time: there nothing can be committed before what was written earlier."""
AT = datetime(2026, 6, 1, tzinfo=UTC)
WRITERS, TRANSACTIONS = 4, 12


def told(session: Session, number: int = 1, *, subject: str = "product") -> None:
    record_revision(session, (subject, number, "A"), {}, version=1, action="updated", actor="tests", at=AT)
    session.flush()


def copied(session: Session, numbers: list[int]) -> None:
    """Write revisions in the way of those who write many: without the ORM, and by COPY on PostgreSQL."""
    columns = ("subject_type", "subject_id", "subject_name", "version", "action", "at", "actor", "changes")
    at = AT.isoformat() if db.engine.dialect.name == "postgresql" else "2026-06-01 00:00:00.000000"
    rows: list[list[Stored]] = [
        ["product", number, "A", 1, "updated", at, "tests", json_text({})] for number in numbers
    ]
    insert_rows(session.connection(), Base.metadata.tables["revision"], columns, rows)


def subjects(after: int = 0, limit: int = 500) -> list[int]:
    """Return what the feed tells from a position on, as a session sees it that has not read anything before."""
    with Session(db.engine) as session:
        return [revision.subject_id for revision in read_feed(session, "product", after=after, limit=limit).revisions]


@contextmanager
def held_open(app: Flask, number: int) -> Iterator[None]:
    """Have another thread write a revision and keep its transaction open for the block; it is committed after it."""
    written, may_end = threading.Event(), threading.Event()

    def write() -> None:
        with app.app_context(), writing() as session:
            told(session, number)
            written.set()
            assert may_end.wait(30)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert written.wait(30)
        yield
    finally:
        may_end.set()
        thread.join()


@on_postgresql
def test_a_change_that_is_committed_before_an_earlier_one_waits_for_it(app: Flask) -> None:
    with writing() as session:
        told(session, 1)
    with held_open(app, 2):
        with writing() as session:
            told(session, 3)
        meanwhile = subjects()

    assert (meanwhile, subjects()) == ([1], [1, 2, 3])


@on_postgresql
def test_many_rows_written_past_the_orm_are_waited_for_as_well() -> None:
    with Session(db.engine) as other:
        copied(other, [1, 2])
        with writing() as session:
            told(session, 3)
        meanwhile = subjects()
        other.commit()

    assert (meanwhile, subjects()) == ([], [1, 2, 3])


@on_postgresql
def test_a_transaction_that_took_back_its_first_change_is_still_waited_for() -> None:
    with Session(db.engine) as other:
        with other.begin_nested() as savepoint:
            told(other, 1)
            savepoint.rollback()
        told(other, 2)
        with writing() as session:
            told(session, 3)
        meanwhile = subjects()
        other.commit()

    assert (meanwhile, subjects()) == ([], [2, 3])


@on_postgresql
def test_a_transaction_that_is_rolled_back_holds_nobody_up() -> None:
    with Session(db.engine) as other:
        told(other, 1)
        with writing() as session:
            told(session, 2)
        other.rollback()

    assert subjects() == [2]


@on_postgresql
def test_one_lock_is_enough_for_all_changes_of_a_transaction() -> None:
    with Session(db.engine) as other:
        for number in range(20):
            told(other, number)
        locks = (
            db.session()
            .connection()
            .exec_driver_sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 710017")
        )
        assert locks.scalar_one() == 1
        other.rollback()


@pytest.mark.parametrize("seed", range(3))
def test_a_follower_misses_nothing_while_many_write_and_commit_in_any_order(app: Flask, seed: int) -> None:
    done = threading.Event()
    followed: list[int] = []
    committed: list[int] = []

    def write(writer: int) -> None:
        random = Random(seed * 100 + writer)  # noqa: S311  # which moments, not secrets
        with app.app_context():
            for turn in range(TRANSACTIONS):
                numbers = [writer * 10_000 + turn * 100 + each for each in range(random.randint(1, 4))]
                with writing() as session:
                    for number in numbers[:1]:
                        told(session, number)
                    told(session, 0, subject="segment")
                    copied(session, numbers[1:])
                    fails = random.random() < 0.2
                    if fails:
                        session.rollback()
                committed.extend([] if fails else numbers)
            db.session.remove()

    def follow() -> None:
        position = 0
        with app.app_context():
            while True:
                is_last_look = done.is_set()
                db.session().rollback()
                page = read_feed(db.session(), "product", after=position, limit=3)
                followed.extend(revision.subject_id for revision in page.revisions)
                position = page.position
                if is_last_look and page.is_last:
                    break
            db.session.remove()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    follower = threading.Thread(target=follow)
    for thread in (*writers, follower):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    follower.join()

    in_order = db.session().scalars(
        select(Revision.subject_id).where(Revision.subject_type == "product").order_by(Revision.id)
    )
    assert followed == list(in_order)
    assert sorted(followed) == sorted(committed)


def test_a_page_ends_where_the_next_one_begins() -> None:
    with writing() as session:
        copied(session, [1, 2, 3])
        told(session, 9, subject="segment")
    session = db.session()

    first = read_feed(session, "product", after=0, limit=2)
    second = read_feed(session, "product", after=first.position, limit=2)

    assert [one.subject_id for one in first.revisions] == [1, 2]
    assert [one.subject_id for one in second.revisions] == [3]
    assert (first.is_last, second.is_last) == (False, True)
    assert second.position == horizon(session) == session.scalar(select(func.max(Revision.id)))


def test_a_position_that_nobody_was_given_is_lost() -> None:
    with writing() as session:
        told(session)
    session = db.session()

    check_position(session, horizon(session))
    with pytest.raises(LostPositionError):
        check_position(session, horizon(session) + 1)


@pytest.mark.parametrize("cursor", ["", "1", "r", "r-1", "r 1", f"r{2**31}", "r1\n"])
def test_what_is_no_cursor_names_no_position(cursor: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        position_of(cursor)
