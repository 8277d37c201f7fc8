from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask import Flask

from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError, StaleError
from catalog_app.core.wiring import provide
from catalog_app.products.models import Product, Segment
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.usage import Usage, Usages, UsageSource

pytestmark = pytest.mark.usefixtures("app")
ACTOR = "user:lina"


@pytest.fixture
def catalog() -> ProductCatalogService:
    return ProductCatalogService()


def made(catalog: ProductCatalogService, **values: Any) -> Product:
    plain = {"name": "Weekend Data 5 GB", "product_type": "data", "price": "19.00", "currency": "SAR"}
    return catalog.create({**plain, **values}, actor=ACTOR)


def changed(catalog: ProductCatalogService, product: Product, **patch: Any) -> Product:
    return catalog.patch(product.id, patch, expected_version=product.version, actor=ACTOR)


def test_a_manual_product_gets_an_identity_and_its_first_revision(catalog: ProductCatalogService) -> None:
    product = made(catalog)

    assert (product.external_system, product.sync_state, product.version) == ("manual", "manual", 1)
    assert product.external_product_id.startswith("manual-")
    (revision,) = catalog.history(product.id)
    assert (revision.action, revision.actor, revision.changes["price"]) == ("created", ACTOR, [None, "19.00"])


def test_the_same_identity_twice_is_a_conflict_that_names_the_product(catalog: ProductCatalogService) -> None:
    first = made(catalog, external_product_id="M-1")

    with pytest.raises(ConflictError, match=f"number {first.id}"):
        made(catalog, external_product_id="M-1")


def test_a_change_raises_the_version_by_one_and_tells_old_and_new(catalog: ProductCatalogService) -> None:
    product = changed(catalog, made(catalog), price="21.50")

    assert (product.price, product.version) == (Decimal("21.50"), 2)
    assert catalog.history(product.id)[0].changes == {"price": ["19.00", "21.50"]}


def test_a_change_that_changes_nothing_writes_nothing(catalog: ProductCatalogService) -> None:
    product = changed(catalog, made(catalog), price="19.0")

    assert product.version == 1
    assert len(catalog.history(product.id)) == 1


def test_a_stale_version_is_refused_and_names_who_came_first(catalog: ProductCatalogService) -> None:
    product = made(catalog)
    catalog.patch(product.id, {"name": "First"}, expected_version=1, actor="user:omar")

    with pytest.raises(StaleError, match="Not saved: omar changed") as caught:
        catalog.patch(product.id, {"name": "Second"}, expected_version=1, actor=ACTOR)

    assert caught.value.current_version == 2
    assert catalog.get(product.id).name == "First"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"price": "14O.00"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": "12345678901.00"}, "price"),
        ({"currency": None}, "currency"),
        ({"currency": "sar"}, "currency"),
        ({"product_type": "thing"}, "product_type"),
        ({"min_customer_value": "5", "max_customer_value": "4"}, "max_customer_value"),
        ({"valid_from": "2026-02-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}, "valid_to"),
        ({"valid_from": "2026-02-01T00:00:00"}, "valid_from"),
        ({"target_segments": ["youth"], "exclude_segments": ["youth"]}, "exclude_segments"),
        ({"target_segments": ["Not A Key"]}, "target_segments.0"),
        ({"features": {"data_mb": -1}}, "features"),
        ({"features": {"commitment_months": "unlimited"}}, "features"),
        ({"features": {"anything": 10**400}}, "features"),
        ({"channels": ["fax"]}, "channels.0"),
        ({"eligibility_rule": {"attribute": "x", "operator": "like", "value": 1}}, "eligibility_rule"),
        ({"members": [{"product": 999_999}]}, "members"),
        ({"colour": "blue"}, "colour"),
        ({"external_system": "nowhere", "external_product_id": "1"}, "external_system"),
        ({"external_system": "xiva"}, "external_product_id"),
    ],
)
def test_a_broken_rule_names_its_field_and_saves_nothing(
    catalog: ProductCatalogService, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleError) as caught:
        made(catalog, **values)

    assert field in caught.value.errors
    assert catalog.stats().total == 0


def test_the_lifecycle_allows_only_its_own_moves(catalog: ProductCatalogService) -> None:
    product = made(catalog, lifecycle_status="launched")

    with pytest.raises(RuleError, match="may become suspended, retired"):
        changed(catalog, product, lifecycle_status="in_design")

    retired = catalog.retire(product.id, reason=None, expected_version=1, actor=ACTOR)
    with pytest.raises(RuleError, match="Say why"):
        changed(catalog, retired, lifecycle_status="launched")
    assert changed(catalog, retired, lifecycle_status="launched", status_reason="Asked for again").is_active


def test_writing_is_active_suspends_and_launches_and_does_nothing_else(catalog: ProductCatalogService) -> None:
    product = made(catalog, is_active=True)
    assert product.lifecycle_status == "launched"
    assert changed(catalog, product, is_active=False).lifecycle_status == "suspended"
    retired = catalog.retire(product.id, reason=None, expected_version=None, actor=ACTOR)
    assert changed(catalog, retired, is_active=False).lifecycle_status == "retired"


def test_a_retirement_is_taken_back_with_undo(catalog: ProductCatalogService) -> None:
    product = made(catalog, lifecycle_status="launched")
    catalog.retire(product.id, reason="No longer wanted", expected_version=None, actor=ACTOR)

    back, kept = catalog.undo(catalog.history(product.id)[0].id, actor=ACTOR)

    assert (back.lifecycle_status, back.status_reason, back.version, kept) == ("launched", None, 3, ())


def test_undo_does_not_leave_a_product_that_breaks_a_rule(catalog: ProductCatalogService) -> None:
    product = made(catalog, price=None, currency=None)
    changed(catalog, product, currency="SAR")
    revision = catalog.history(product.id)[0]
    changed(catalog, product, price="10")

    with pytest.raises(RuleError) as caught:
        catalog.undo(revision.id, actor=ACTOR)

    assert set(caught.value.errors) == {"currency"}
    assert catalog.get(product.id).currency == "SAR"


def test_undo_of_a_quota_moves_what_is_left_of_it(catalog: ProductCatalogService) -> None:
    product = changed(catalog, made(catalog, quota_total=100), quota_total=150)
    with writing() as session:
        session.get_one(Product, product.id).quota_left = 140

    back, kept = catalog.undo(catalog.history(product.id)[0].id, actor=ACTOR)

    assert (back.quota_total, back.quota_left, kept) == (100, 90, ())


def test_undo_leaves_alone_what_was_changed_since_and_names_it(catalog: ProductCatalogService) -> None:
    product = changed(catalog, made(catalog), name="Second", price="21.00")
    revision = catalog.history(product.id)[0]
    changed(catalog, product, name="Third")

    back, kept = catalog.undo(revision.id, actor=ACTOR)

    assert (back.name, back.price, kept) == ("Third", Decimal("19.00"), ("name",))


def test_a_deleted_product_is_gone_from_every_door_and_comes_back_with_undo(catalog: ProductCatalogService) -> None:
    product = made(catalog)
    deletion = catalog.delete(product.id, expected_version=1, actor=ACTOR)
    with pytest.raises(NotFoundError):
        catalog.get(product.id)
    assert catalog.stats().total == 0

    catalog.undo(deletion.id, actor=ACTOR)

    assert catalog.get(product.id).name == product.name


def test_a_deletion_can_be_taken_back_for_thirty_days_only(catalog: ProductCatalogService) -> None:
    deletion = catalog.delete(made(catalog).id, expected_version=None, actor=ACTOR)

    with time_machine.travel(datetime.now(UTC) + timedelta(days=31), tick=False), pytest.raises(ConflictError):
        catalog.undo(deletion.id, actor=ACTOR)


def test_an_identity_whose_deletion_is_past_taking_back_is_made_anew_under_its_old_number(
    catalog: ProductCatalogService,
) -> None:
    first = made(catalog, external_product_id="M-1", category="Old", quota_total=5)
    catalog.delete(first.id, expected_version=None, actor=ACTOR)
    with pytest.raises(ConflictError, match="restore it instead"):
        made(catalog, external_product_id="M-1")

    with time_machine.travel(datetime.now(UTC) + timedelta(days=31), tick=False):
        again = made(catalog, external_product_id="M-1", name="Anew", quota_total=9)

    assert (again.id, again.name, again.category, again.quota_left) == (first.id, "Anew", None, 9)
    assert catalog.get(first.id).deleted_at is None
    assert [told.action for told in catalog.history(first.id)] == ["created", "deleted", "created"]


def test_a_product_that_something_living_uses_is_not_deleted(app: Flask, catalog: ProductCatalogService) -> None:
    class Campaigns:
        def usages_of_many(self, product_ids: Collection[int]) -> Usages:
            return dict.fromkeys(product_ids, (Usage("campaign", "Spring Data", "/campaigns/1", "will hold"),))

    provide(app, UsageSource, Campaigns())
    product = made(catalog)

    with pytest.raises(ConflictError, match="Spring Data"):
        catalog.delete(product.id, expected_version=None, actor=ACTOR)

    assert catalog.get(product.id).deleted_at is None


def test_the_number_of_a_deleted_product_is_never_given_out_again(catalog: ProductCatalogService) -> None:
    first = made(catalog)
    catalog.delete(first.id, expected_version=None, actor=ACTOR)

    assert made(catalog).id > first.id


def test_what_is_left_of_a_quota_moves_with_its_total(catalog: ProductCatalogService) -> None:
    product = made(catalog, quota_total=100)
    assert product.quota_left == 100

    assert changed(catalog, product, quota_total=150).quota_left == 150
    assert catalog.patch(product.id, {"quota_total": None}, expected_version=None, actor=ACTOR).quota_left is None


def test_a_new_segment_is_kept_and_marked_as_undefined(catalog: ProductCatalogService) -> None:
    product = made(catalog, target_segments=["night-owls"])

    assert product.target_segments == ["night-owls"]
    kept = db.session.get_one(Segment, "night-owls")
    assert (kept.label, kept.is_undefined, kept.version) == ("Night owls", True, 1)


def test_stats_count_every_product_once(catalog: ProductCatalogService) -> None:
    made(catalog, lifecycle_status="launched")
    made(catalog, lifecycle_status="launched", is_available=False)
    made(catalog, product_type="voice")

    stats = catalog.stats()

    assert (stats.total, stats.active, stats.available) == (3, 2, 1)
    assert (stats.by_type, stats.by_system) == ({"data": 2, "voice": 1}, {"manual": 3})


@pytest.mark.parametrize("field", ["short_name", "description", "category", "status_reason"])
def test_a_text_that_is_blank_was_not_said(catalog: ProductCatalogService, field: str) -> None:
    assert getattr(made(catalog, **{field: "  "}), field) is None


@pytest.mark.parametrize("field", ["attributes", "features"])
def test_an_entry_without_a_name_is_refused(catalog: ProductCatalogService, field: str) -> None:
    with pytest.raises(RuleError, match="Give every entry a name"):
        made(catalog, **{field: {" ": "orphan"}})


def test_a_product_of_a_source_needs_the_id_that_the_source_gave_it(catalog: ProductCatalogService) -> None:
    with pytest.raises(RuleError, match="Fill this in"):
        made(catalog, external_system="xiva")
