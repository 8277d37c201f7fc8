"""Documents and version follow what a sync writes past the ORM, and what takes it back."""

from flask import Flask

from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from tests.products.reads.test_upkeep import fresh, stored, version
from tests.support.api import Program


def agrees(app: Flask, before: int) -> int:
    """Assert that every document is what its product shows and the version has moved; return the version."""
    assert stored(app) == fresh()
    now = version()
    assert now > before
    return now


def test_documents_follow_a_sync_its_changes_withdrawals_conflicts_and_its_undo(
    app: Flask, sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    moved = agrees(app, 0)
    assert len(stored(app)) == 120

    # Nothing differs, but a complete run has seen them all again.
    sync.sync_from_xiva()
    moved = agrees(app, moved)

    product = ProductCatalogService().by_identity("xiva", "PO-5")
    assert product is not None
    ProductCatalogService().patch(product.id, {"name": "Ours"}, expected_version=None, actor="user:lina")
    xiva.listing.change("PO-3", name="Wrong", lifecycleStatus="Retired")
    xiva.listing.change("PO-4", lastUpdate="2026-11-02T10:00:00Z")
    xiva.listing.change("PO-5", name="Theirs")
    xiva.listing.withdraw("PO-6")
    run = sync.sync_from_xiva()
    moved = agrees(app, moved)
    assert {"missing", "conflict"} <= {each["sync_state"] for each in stored(app)}

    sync.undo(run.id, actor="user:omar")
    agrees(app, moved)


def test_documents_follow_many_products_in_one_request_and_a_restore(app: Flask) -> None:
    api = Program.with_scopes(app, "products:read", "products:write")
    new = {"name": "Roam", "product_type": "data", "lifecycle_status": "launched"}
    items = [{"action": "upsert", "product": {**new, "external_product_id": f"R-{number}"}} for number in range(3)]
    made = api.post("/products/bulk/", {"items": items}).json["results"]
    moved = agrees(app, 0)

    changed = [{"action": "patch", "id": each["id"], "product": {"price": "5", "currency": "SAR"}} for each in made]
    api.post("/products/bulk/", {"items": changed})
    moved = agrees(app, moved)
    assert {each["price"] for each in stored(app)} == {"5.00"}

    api.delete(f"/products/{made[0]['id']}/")
    moved = agrees(app, moved)
    api.post(f"/products/{made[0]['id']}/restore/")
    agrees(app, moved)
    assert len(stored(app)) == 3
