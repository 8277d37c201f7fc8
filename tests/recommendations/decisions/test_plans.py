"""What is read of a million decisions is read by an index, in its order."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event

from catalog_app.core.db import db
from catalog_app.recommendations.decisions.filters import parse_filters
from catalog_app.recommendations.decisions.reading import search
from tests.support.databases import SqliteTemplate


@pytest.fixture
def database_url(sqlite_template: SqliteTemplate, tmp_path: Any) -> str:
    """SQLite goes by its indexes alone; PostgreSQL goes by figures that a small table lacks."""
    return sqlite_template.copy_to(tmp_path)


@pytest.mark.parametrize("asked", [{}, {"until": "2026-03-01"}, {"customer": "0" * 32}])
def test_a_page_of_the_log_is_found_by_its_index_and_sorts_nothing(app: Flask, asked: dict[str, str]) -> None:
    plans: list[str] = []

    def explain(connection: Connection, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "FROM nbo_decision" in statement:
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.append(" ".join(str(row[-1]) for row in cursor.fetchall()))

    event.listen(db.engine, "before_cursor_execute", explain)
    search(db.session(), parse_filters(asked), limit=50)
    event.remove(db.engine, "before_cursor_execute", explain)

    (plan,) = plans
    assert "USING INDEX ix_nbo_decision_" in plan
    assert "TEMP B-TREE" not in plan
