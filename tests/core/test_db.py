"""What a database keeps to itself: the values of a refused statement, and its file."""

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError

from catalog_app.core.clock import utcnow
from catalog_app.core.db import engine_options, writing
from catalog_app.products.models import Product

pytestmark = pytest.mark.usefixtures("app")


def test_a_refused_row_is_told_without_its_values() -> None:
    rows = [
        Product(
            external_system="manual", external_product_id="very secret", name="Plan", product_type="data",
            search_text="", field_locks={}, created_at=utcnow(), created_by="test", updated_by="test",
        )
        for _ in range(2)
    ]  # fmt: skip

    with pytest.raises(IntegrityError) as caught, writing() as session:
        session.add_all(rows)

    assert "very secret" not in f"{caught.value} {caught.value.orig}"
    assert "external_product_id" in str(caught.value)


def test_a_new_file_is_readable_for_nobody_else_whatever_the_umask_and_one_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    url = f"sqlite:///{path}"
    before = os.umask(0)
    try:
        for mode in (0o600, 0o640):
            engine = create_engine(url, **engine_options(url))
            with engine.begin() as connection:
                connection.exec_driver_sql(f"CREATE TABLE t{mode} (a)")
                assert {one.stat().st_mode & 0o777 for one in tmp_path.glob("new.db*")} == {mode}
            engine.dispose()
            path.chmod(0o640)
    finally:
        os.umask(before)
