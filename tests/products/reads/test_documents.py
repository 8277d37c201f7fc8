"""A stored document shows what the product itself would, for every field and odd value."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.products.document import ALL_FIELDS, document
from catalog_app.products.models import Product
from catalog_app.products.reads import documents, rendering
from catalog_app.products.reads.models import ProductDocument
from catalog_app.products.systems import SystemFacts
from tests.products.factories import NOW, product, saved
from tests.products.reads.reading import reader_of
from tests.products.test_parity import FULL
from tests.products.test_prefilter import products

MARKED = NOW - timedelta(hours=1)

seen = st.none() | st.sampled_from([MARKED, MARKED - timedelta(microseconds=1), MARKED + timedelta(seconds=1)])
texts = st.sampled_from(["", 'a "quoted" \\ one', "роуминг", "باقة", "line\nline\ttab", "\u2028", "😀", "</script>"])
amounts = st.sampled_from([None, "0", "0.0001", "19.9", "9999999999.9999"])
odd = st.fixed_dictionaries(
    {
        "last_synced": seen,
        "description": texts,
        "price": amounts,
        "currency": st.just("SAR"),
        "business_value": amounts,
        "features": st.sampled_from([{}, {"data_mb": 1024}, {"ключ": [1, 2.5, None, {"deep": "tab\there"}]}]),
        "attributes": st.sampled_from([{}, {"a b": 'c"d', "n": 2**53 - 1}]),
        "source_updated_at": st.sampled_from([None, NOW, datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]),
        "external_system": st.sampled_from(["xiva", "crm"]),
    }
)
moments = st.sampled_from([NOW, NOW + timedelta(microseconds=1), NOW - timedelta(days=1), NOW + timedelta(days=400)])


def shown(session: Session, now: datetime, fields: tuple[str, ...] = ALL_FIELDS) -> dict[int, dict[str, Any]]:
    """Return each stored document as an answer shows it; complete runs of xiva are marked, of others never."""
    columns = ", ".join(column.name for column in rendering.COLUMNS)
    rows: Any = reader_of(session).rows(f"SELECT {columns} FROM product_document")  # noqa: S608  # our own names
    texts = rendering.rendered(rows, documents.microseconds(now), {"xiva": documents.microseconds(MARKED)})
    return dict(zip((row[0] for row in rows), orjson.loads(rendering.array(texts, fields)), strict=True))


def fresh(session: Session, now: datetime) -> dict[int, dict[str, Any]]:
    """Return each living product as it is rendered from the product itself, read anew."""
    session.expire_all()
    system = {"xiva": SystemFacts("xiva", "Xiva", last_complete_at=MARKED)}
    living = session.scalars(select(Product).where(Product.deleted_at.is_(None)))
    return {each.id: document(each, now=now, system=system.get(each.external_system)) for each in living}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(catalogue=st.lists(st.tuples(products, odd).map(lambda pair: pair[0] | pair[1]), max_size=4), now=moments)
def test_a_stored_document_is_what_the_product_shows(
    session: Session, catalogue: list[dict[str, Any]], now: datetime
) -> None:
    session.rollback()
    for values in catalogue:
        saved(session, **values)

    found = shown(session, now)

    assert found == fresh(session, now)
    assert all(tuple(each) == ALL_FIELDS for each in found.values())


def test_a_document_holds_every_field_of_a_full_product(session: Session) -> None:
    made = saved(session, **FULL)

    assert shown(session, NOW)[made.id] == fresh(session, NOW)[made.id]


def test_fields_are_cut_out_in_the_order_in_which_they_are_named(session: Session) -> None:
    made = saved(session, **FULL)

    cut = shown(session, NOW, ("features", "id", "available_now", "quota_left"))[made.id]

    assert list(cut.items()) == [(name, fresh(session, NOW)[made.id][name]) for name in cut]
    assert tuple(cut) == ("features", "id", "available_now", "quota_left")


def test_a_change_of_a_stored_row_is_what_the_changed_product_would_give(session: Session) -> None:
    made = saved(session, **FULL, last_synced=NOW)
    stored = session.connection().execute(select(documents.DOCUMENT).where(ProductDocument.id == made.id)).one()
    made.price, made.lifecycle_status, made.last_synced = Decimal("20.5"), "suspended", NOW + timedelta(days=1)
    made.target_segments = []

    changes = {
        "price": "20.50",
        "lifecycle_status": "suspended",
        "last_synced": "2026-06-02T12:00:00Z",
        "target_segments": [],
    }

    assert documents.changed(stored, changes) == documents.row_of(made)


@pytest.mark.parametrize("gone", ["deleted_at"])
def test_a_deleted_product_has_no_document(session: Session, gone: str) -> None:
    made = saved(session)
    setattr(made, gone, NOW)
    session.flush()

    assert shown(session, NOW) == {}


def test_a_product_that_is_removed_altogether_leaves_no_document(session: Session) -> None:
    made = saved(session)
    session.delete(made)
    session.flush()

    assert shown(session, NOW) == {}


def test_what_is_added_at_once_is_what_is_kept_one_by_one(session: Session) -> None:
    rows = []
    for number in range(3):
        made = product(**FULL)
        made.id, made.version = 1000 + number, 1
        rows.append(documents.row_of(made))
    connection = session.connection()

    documents.add(connection, rows)
    added = connection.execute(select(documents.DOCUMENT)).all()
    documents.keep(connection, rows)

    assert connection.execute(select(documents.DOCUMENT)).all() == added
    documents.drop(connection, [1000, 1001])
    assert [row.id for row in connection.execute(select(documents.DOCUMENT))] == [1002]
