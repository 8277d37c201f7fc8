"""What people do with a synced product, and what the next sync makes of it."""

import pytest

from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, RuleError
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from tests.sync.offerings import offering

pytestmark = pytest.mark.usefixtures("app")
LINA, OMAR = "user:lina", "user:omar"


@pytest.fixture
def catalog() -> ProductCatalogService:
    return ProductCatalogService()


@pytest.fixture
def sync(xiva: XivaStandin) -> ProductSyncService:
    """Return the service after a first sync."""
    service = ProductSyncService()
    service.sync_from_xiva()
    return service


def stored(number: int = 3) -> Product:
    db.session.rollback()
    found = ProductCatalogService().by_identity("xiva", f"PO-{number}")
    assert found is not None
    db.session.refresh(found)
    return found


def edit(catalog: ProductCatalogService, *, actor: str = LINA, **patch: object) -> int:
    """Change the product and return the revision of the change."""
    product = catalog.patch(stored().id, patch, expected_version=None, actor=actor)
    return catalog.history(product.id)[0].id


def newest(catalog: ProductCatalogService, number: int = 3) -> int:
    return catalog.history(stored(number).id)[0].id


def test_what_a_person_takes_back_of_a_sync_is_not_brought_again(
    sync: ProductSyncService, xiva: XivaStandin, catalog: ProductCatalogService
) -> None:
    xiva.listing.change("PO-3", name="Wrong")
    sync.sync_from_xiva()

    catalog.undo(newest(catalog), actor=LINA)
    assert (stored().name, stored().sync_state, stored().field_locks["name"]["by"]) == ("Plan 3", "local_edit", LINA)
    xiva.listing.change("PO-3", description="New words")
    sync.sync_from_xiva()

    assert (stored().name, stored().description) == ("Plan 3", "New words")


def test_an_edit_taken_back_gives_its_field_to_the_source_and_leaves_other_locks(
    sync: ProductSyncService, catalog: ProductCatalogService
) -> None:
    revision = edit(catalog, name="Ours")
    edit(catalog, description="Other", actor=OMAR)

    _, kept = catalog.undo(revision, actor=LINA)

    assert (stored().name, kept, set(stored().field_locks)) == ("Plan 3", (), {"description"})


def test_a_lock_that_somebody_set_since_is_not_taken_back(
    sync: ProductSyncService, catalog: ProductCatalogService
) -> None:
    revision = edit(catalog, name="Ours", description="Ours")
    edit(catalog, name="Omar's", actor=OMAR)

    _, kept = catalog.undo(revision, actor=LINA)

    assert (stored().name, kept, stored().description) == ("Omar's", ("name",), None)
    assert {field: lock["by"] for field, lock in stored().field_locks.items()} == {"name": OMAR}


def test_an_edit_taken_back_in_a_conflict_takes_what_the_source_wants_now(
    sync: ProductSyncService, xiva: XivaStandin, catalog: ProductCatalogService
) -> None:
    revision = edit(catalog, name="Ours")
    xiva.listing.change("PO-3", name="Theirs")
    sync.sync_from_xiva()

    catalog.undo(revision, actor=LINA)

    assert (stored().name, stored().field_locks, stored().sync_state) == ("Theirs", {}, "in_sync")


def test_a_release_taken_back_brings_value_and_lock_again(
    sync: ProductSyncService, catalog: ProductCatalogService
) -> None:
    edit(catalog, name="Ours")
    lock = stored().field_locks["name"]
    catalog.release(stored().id, ["name"], actor=LINA)

    catalog.undo(newest(catalog), actor=OMAR)

    assert (stored().name, stored().field_locks) == ("Ours", {"name": lock})


def test_who_types_what_the_source_wants_settles_the_conflict(
    sync: ProductSyncService, xiva: XivaStandin, catalog: ProductCatalogService
) -> None:
    edit(catalog, name="Ours")
    xiva.listing.change("PO-3", name="Theirs")
    sync.sync_from_xiva()
    assert stored().sync_state == "conflict"

    edit(catalog, name="Theirs")

    assert (stored().sync_state, "theirs" in stored().field_locks["name"]) == ("local_edit", False)


def test_who_types_a_third_value_leaves_the_conflict_with_its_age(
    sync: ProductSyncService, xiva: XivaStandin, catalog: ProductCatalogService
) -> None:
    edit(catalog, name="Ours")
    xiva.listing.change("PO-3", name="Theirs")
    sync.sync_from_xiva()
    since = stored().field_locks["name"]["theirs_since"]

    edit(catalog, name="Neither", actor=OMAR)

    lock = stored().field_locks["name"]
    assert (lock["by"], lock["theirs"], lock["theirs_since"]) == (OMAR, "Theirs", since)


def test_a_field_is_not_given_back_where_it_would_break_a_rule_and_the_other_field_is_named(
    sync: ProductSyncService, catalog: ProductCatalogService
) -> None:
    edit(catalog, price=None, currency=None)

    with pytest.raises(RuleError) as caught:
        catalog.release(stored().id, ["price"], actor=LINA)

    assert caught.value.errors == {"currency": "A price needs a currency. Give currency back to its source too."}
    assert (stored().price, set(stored().field_locks)) == (None, {"price", "currency"})
    catalog.release(stored().id, ["price", "currency"], actor=LINA)
    assert (stored().currency, stored().sync_state) == ("SAR", "in_sync")


def test_a_quota_given_back_moves_what_is_left_of_it(sync: ProductSyncService, catalog: ProductCatalogService) -> None:
    with writing() as session:
        product = session.get_one(Product, stored().id)
        product.source_values = {**(product.source_values or {}), "quota_total": 100}
        product.quota_total, product.quota_left = 100, 90
    edit(catalog, quota_total=150)

    catalog.release(stored().id, ["quota_total"], actor=LINA)

    assert (stored().quota_total, stored().quota_left) == (100, 90)


def test_a_withdrawal_is_the_sources_to_take_back(
    sync: ProductSyncService, xiva: XivaStandin, catalog: ProductCatalogService
) -> None:
    xiva.listing.replace([offering(number) for number in range(120) if number != 3])
    sync.sync_from_xiva()
    assert stored().sync_state == "missing"

    with pytest.raises(ConflictError, match="whether it still has this product"):
        catalog.undo(newest(catalog), actor=LINA)

    assert stored().sync_state == "missing"
