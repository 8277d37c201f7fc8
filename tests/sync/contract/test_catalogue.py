"""What runs do to the catalogue, for each preset: through the real service, on a database made by the migrations."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from catalog_app.core.db import db
from catalog_app.demo.standin import Fault
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.events.models import Revision
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncRun
from catalog_app.sync.service import ProductSyncService

from .conftest import PAGE, listed
from .counterparts import Counterpart

pytestmark = pytest.mark.usefixtures("app")

SYSTEM = "crm"


@pytest.fixture
def settings_overrides(counterpart: Counterpart, standin: SourceStandin) -> dict[str, Any]:
    return {SYSTEM: counterpart.settings(standin)}


def sync(*, full: bool = True) -> SyncRun:
    return ProductSyncService().run(SYSTEM, full=full, actor="test")


def product(external_id: str) -> Product:
    db.session.rollback()
    found = ProductCatalogService().by_identity(SYSTEM, external_id)
    assert found is not None
    db.session.refresh(found)
    return found


def offered() -> int:
    db.session.rollback()
    stated = db.select(db.func.count()).where(Product.lifecycle_status == "launched", Product.missing_since.is_(None))
    return int(db.session.scalar(stated) or 0)


def written() -> dict[int, int]:
    db.session.rollback()
    return {row.id: row.version for row in db.session.scalars(db.select(Product)).all()}


def test_a_first_run_brings_every_product(standin: SourceStandin) -> None:
    run = sync()
    assert (run.status, run.error) == ("applied", None)
    assert (run.created, run.rejected, run.complete) == (25, 0, True)
    assert offered() == 25


def test_a_second_run_writes_nothing() -> None:
    sync()
    before, revisions = written(), db.session.query(Revision).count()

    again = sync()

    assert (again.status, again.created, again.updated, again.unchanged, again.withdrawn) == ("applied", 0, 0, 25, 0)
    assert (written(), db.session.query(Revision).count()) == (before, revisions)


def test_an_edit_by_a_person_survives_and_becomes_a_conflict_when_the_source_moves(standin: SourceStandin) -> None:
    name = listed(standin)[3]
    sync()
    ProductCatalogService().patch(product(name).id, {"name": "Ours"}, expected_version=None, actor="user:lina")

    sync()
    assert product(name).name == "Ours"
    standin.change(name, name="Theirs")
    run = sync()

    assert (product(name).name, product(name).sync_state, run.conflicts) == ("Ours", "conflict", 1)


def test_a_changed_price_arrives_and_nothing_else_is_written(standin: SourceStandin) -> None:
    name = listed(standin)[5]
    sync()
    before = written()
    standin.change(name, price=Decimal("24.50"))

    run = sync()

    assert (run.updated, run.unchanged) == (1, 24)
    assert product(name).price == Decimal("24.50")
    assert [key for key, version in written().items() if version != before[key]] == [product(name).id]


def test_a_product_that_is_gone_is_not_offered_and_comes_back(standin: SourceStandin) -> None:
    name = listed(standin)[5]
    whole = [standin.product(number) for number in range(25)]
    sync()

    standin.withdraw(name)
    gone = sync()
    assert (gone.status, offered()) == ("applied", 24)
    assert product(name).missing_since is not None or product(name).lifecycle_status != "launched"

    standin.replace(whole)
    sync()
    assert (offered(), product(name).lifecycle_status) == (25, "launched")


@pytest.mark.parametrize("fault", [Fault.EMPTY_LISTING, Fault.HALF_LISTING])
def test_a_listing_that_lost_too_much_waits_for_a_person(standin: SourceStandin, fault: Fault) -> None:
    sync()
    standin.fault = fault

    run = sync()

    assert (run.status, offered()) == ("awaiting_approval", 25)


def test_a_fifth_of_the_products_retired_waits_for_a_person(standin: SourceStandin) -> None:
    sync()
    standin.retire(*listed(standin)[::5])

    run = sync()

    assert (run.status, offered()) == ("awaiting_approval", 25)


@pytest.mark.parametrize(
    "fault", [Fault.REPEAT_FIRST_PAGE, Fault.IGNORE_OFFSET, Fault.HTML_WITH_200, Fault.ORDER_SHIFTS, Fault.NULL_BODY]
)
def test_a_listing_that_cannot_be_trusted_withdraws_nothing(standin: SourceStandin, fault: Fault) -> None:
    sync()
    standin.fault = fault

    run = sync()

    assert run.withdrawn == 0
    assert offered() == 25


def test_an_incremental_run_reads_what_changed_and_misses_nothing(standin: SourceStandin) -> None:
    renamed, dearer, gone = listed(standin)[3:6]
    later = datetime(2026, 11, 20, 9, tzinfo=UTC)
    sync()
    standin.change(renamed, name="Renamed", updated=later)
    standin.change(dearer, price=Decimal("24.50"), priced=later)
    standin.withdraw(gone)

    run = sync(full=False)

    assert (run.status, run.full) == ("applied", False)
    assert run.fetched > 0
    assert (product(renamed).name, product(dearer).price) == ("Renamed", Decimal("24.50"))
    assert offered() in {24, 25}
    sync()
    assert offered() == 24


def test_a_clock_that_is_ahead_at_the_source_hides_no_later_change(standin: SourceStandin) -> None:
    ahead, late = listed(standin)[3:5]
    standin.change(ahead, name="From the future", updated=datetime(2099, 1, 1, tzinfo=UTC))
    sync()
    standin.change(late, name="Renamed today", updated=datetime.now(UTC))

    sync(full=False)

    assert product(late).name == "Renamed today"


def test_one_page_more_than_before_is_read_in_the_next_run(standin: SourceStandin) -> None:
    sync()
    standin.replace(standin.product(number) for number in range(25 + PAGE))

    run = sync()

    assert (run.created, offered()) == (PAGE, 25 + PAGE)
