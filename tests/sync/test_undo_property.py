"""Undo after anything: whatever runs and people did, it brings back what the run changed and nobody touched since."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from catalog_app.core.db import db, writing
from catalog_app.core.json_values import as_json
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.events.models import Revision
from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncChange, SyncRun
from catalog_app.sync.service import ProductSyncService
from tests.sync.conftest import PASSWORD
from tests.sync.offerings import offering

pytestmark = pytest.mark.usefixtures("app")

NUMBERS = range(4)
WORDS = ("Alpha", "Beta", "Gamma")
Stand = dict[str, dict[str, Any]]

source_values = st.fixed_dictionaries(
    {
        "name": st.sampled_from(WORDS),
        "description": st.sampled_from(WORDS),
        "lifecycleStatus": st.sampled_from(["Active", "Retired", "Suspended"]),
        "price": st.sampled_from(["10.00", "19.90"]),
    }
)
listings = st.dictionaries(st.sampled_from(NUMBERS), source_values, min_size=1)
edits = st.tuples(
    st.just("edit"),
    st.sampled_from(NUMBERS),
    st.fixed_dictionaries(
        {},
        optional={"name": st.sampled_from(WORDS), "description": st.sampled_from(WORDS), "category": st.just("Ours")},
    ),
    st.booleans(),
)
runs = st.tuples(st.just("run"), listings)
histories = st.lists(edits | runs, max_size=5)


@pytest.fixture
def xiva() -> Iterator[XivaStandin]:
    with XivaStandin([], password=PASSWORD) as standin:
        yield standin


@given(first=listings, before=histories, taken=listings, since=histories, later=listings)
@settings(
    max_examples=8,
    deadline=None,
    # A history is a dozen syncs over HTTP: to look for a shorter one that fails too would take many minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_an_undo_restores_every_field_that_nobody_touched_since_and_nothing_else(
    app: Flask, xiva: XivaStandin, first: Any, before: Any, taken: Any, since: Any, later: Any
) -> None:
    _emptied()
    _done(xiva, [("run", first), *before])
    stood = _stand()
    run = _synced(xiva, taken)
    made = _stand()
    _done(xiva, since)
    stands = _stand()

    ProductSyncService().undo(run.id, actor="user:omar")

    assert _stand() == _expected(stood, made, stands)
    same = [how[0] for what, *how in [("run", taken), *since] if what == "run"][-1]
    after = _stand()
    again = _synced(xiva, same)
    assert _stand() == after, f"the same values came again by run {again.id}"
    _synced(xiva, later)
    _assert_changed_values_come(later, same, after)


def _expected(stood: Stand, made: Stand, stands: Stand) -> Stand:
    """Return what stands, with each field that the run changed, that still says so and that nobody locked, as before."""
    expected = {}
    for name, product in stands.items():
        if name not in made:
            expected[name] = product
        elif name not in stood:
            # The run made it: it goes as a whole, or stays as a whole.
            touched = any(product[field] != made[name][field] for field in FIELDS) or product["locks"]
            expected[name] = product if touched or product["is_deleted"] else {**product, "is_deleted": True}
        elif product["is_deleted"] and not (stood[name]["is_deleted"] or made[name]["is_deleted"]):
            expected[name] = product
        else:
            # What a person has locked since is theirs, also where it says what the run made of it.
            theirs = {"locks", *product["locks"]}
            expected[name] = {
                field: stood[name][field] if value == made[name][field] and field not in theirs else value
                for field, value in product.items()
            }
    return expected


def _assert_changed_values_come(later: Mapping[int, Any], same: Mapping[int, Any], after: Stand) -> None:
    now = _stand()
    for number in later.keys() & same.keys():
        product, was = now[f"PO-{number}"], after[f"PO-{number}"]
        for field in ("name", "description"):
            locked = field in product["locks"]
            if later[number][field] != same[number][field]:
                assert product[field] == (was[field] if locked else later[number][field])
            elif not was["is_deleted"]:
                assert product[field] == was[field]


def _done(xiva: XivaStandin, history: Any) -> None:
    for what, *how in history:
        if what == "run":
            _synced(xiva, how[0])
        else:
            number, patch, lock = how
            product = ProductCatalogService().by_identity("xiva", f"PO-{number}")
            if product is not None and product.deleted_at is None:
                catalog = ProductCatalogService()
                catalog.patch(product.id, patch, expected_version=None, actor="user:lina", lock=lock)


def _synced(xiva: XivaStandin, listing: Mapping[int, Any]) -> SyncRun:
    sync = ProductSyncService()
    xiva.listing.replace([offering(number, **values) for number, values in sorted(listing.items())])
    run = sync.sync_from_xiva()
    # So few products: every change is a large share, which a guard holds.
    return sync.apply(run.id, actor="user:omar") if run.status == "awaiting_approval" else run


def _stand() -> Stand:
    db.session.rollback()
    db.session.expire_all()
    return {
        product.external_product_id: {
            **{field: as_json(getattr(product, field)) for field in FIELDS},
            "missing_since": product.missing_since,
            "is_deleted": product.deleted_at is not None,
            "locks": set(product.field_locks),
        }
        for product in db.session.scalars(db.select(Product))
    }


def _emptied() -> None:
    with writing() as session:
        for table in (SyncChange, SyncRun, Revision, Product):
            session.execute(delete(table))
