"""Reading a listing to its end, whatever happens to it meanwhile: nothing is missed without being told."""

import pytest

from catalog_app.core.errors import FatalError, RetriableError
from catalog_app.demo.standin import Fault
from catalog_app.demo.standin.chargebee import ChargebeeStandin
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.demo.standin.stripe import StripeStandin

from .conftest import PAGE, Read, Reading, listed


def claims_no_more_than_it_read(reading: Reading, there: list[str]) -> bool:
    """Tell whether a listing that is called complete holds everything that was there all the time."""
    return not reading.proof.complete or set(there) <= set(reading.ids)


def test_every_page_is_read_once_and_the_listing_is_proved_complete(read: Read, standin: SourceStandin) -> None:
    reading = read()
    assert sorted(reading.ids) == sorted(listed(standin))
    assert (reading.proof.complete, reading.proof.reasons, reading.rejected) == (True, (), ())


def test_a_last_page_that_is_exactly_full_is_the_end(read: Read, standin: SourceStandin) -> None:
    standin.replace(standin.product(number) for number in range(2 * PAGE))
    reading = read()
    assert sorted(reading.ids) == sorted(listed(standin, 2 * PAGE))
    assert reading.proof.complete


def test_an_empty_catalogue_is_read_as_one(read: Read, standin: SourceStandin) -> None:
    standin.replace([])
    reading = read()
    assert (reading.ids, reading.rejected, reading.proof.complete) == ([], (), True)


def test_a_shifting_order_loses_no_product_from_a_complete_listing(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.ORDER_SHIFTS
    assert claims_no_more_than_it_read(read(), listed(standin))


def test_a_row_inserted_while_reading_loses_no_product(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.ROWS_INSERTED
    reading = read()
    assert set(listed(standin)) <= set(reading.ids)


def test_a_row_removed_while_reading_loses_no_product_from_a_complete_listing(
    read: Read, standin: SourceStandin
) -> None:
    standin.fault = Fault.ROWS_REMOVED
    assert claims_no_more_than_it_read(read(), listed(standin)[1:])


def test_a_repeated_page_makes_the_listing_incomplete(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.REPEAT_FIRST_PAGE
    reading = read()
    assert not reading.proof.complete
    assert reading.proof.reasons


def test_a_source_that_ignores_the_offset_ends_the_reading_and_proves_nothing(
    read: Read, standin: SourceStandin
) -> None:
    standin.fault = Fault.IGNORE_OFFSET
    reading = read()
    assert not reading.proof.complete
    assert reading.proof.pages <= 3


def test_a_page_size_that_the_server_lowers_loses_nothing(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.PAGE_SIZE_LOWERED
    reading = read()
    assert sorted(reading.ids) == sorted(listed(standin))
    assert reading.proof.complete


@pytest.mark.parametrize("fault", [Fault.LYING_TOTAL, Fault.ZERO_TOTAL])
def test_a_total_that_lies_makes_the_listing_incomplete(read: Read, standin: SourceStandin, fault: Fault) -> None:
    standin.fault = fault
    reading = read()
    assert sorted(reading.ids) == sorted(listed(standin))
    assert not reading.proof.complete


def test_a_total_that_is_not_told_is_not_missed(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.ABSENT_TOTAL
    reading = read()
    assert sorted(reading.ids) == sorted(listed(standin))
    assert (reading.proof.complete, reading.proof.total) == (True, None)


def test_half_a_listing_that_looks_whole_is_read_as_it_is(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.HALF_LISTING
    reading = read()
    assert 0 < len(reading.ids) < 25
    assert reading.proof.complete


def test_deleted_products_are_told_by_a_flag_or_by_their_absence(read: Read, standin: SourceStandin) -> None:
    gone, retired = listed(standin)[3], listed(standin)[7]
    standin.withdraw(gone)
    reading = read()
    deleted = [record.external_id for record in reading.records if record.is_deleted]
    assert deleted in ([], [gone])
    assert (gone in reading.ids) == bool(deleted) or reading.mapped[gone].values["lifecycle_status"] != "launched"
    assert retired in reading.ids


def test_a_retired_product_is_not_launched(read: Read, standin: SourceStandin) -> None:
    retired = listed(standin)[7]
    standin.retire(retired)
    reading = read()
    assert retired not in reading.mapped or reading.mapped[retired].values["lifecycle_status"] in {
        "retired",
        "suspended",
    }
    assert reading.proof.complete


@pytest.mark.parametrize(
    "fault", [Fault.REPEAT_FIRST_PAGE, Fault.IGNORE_OFFSET, Fault.HTML_WITH_200, Fault.ERROR_503_ALWAYS]
)
def test_a_joined_listing_that_misbehaves_costs_no_price(read: Read, standin: SourceStandin, fault: Fault) -> None:
    whole = {name: mapped.values["price"] for name, mapped in read().mapped.items()}
    assert isinstance(standin, ChargebeeStandin | StripeStandin)
    standin.spoils_prices = True
    standin.fault = fault

    try:
        prices = {name: mapped.values["price"] for name, mapped in read().mapped.items()}
    except (FatalError, RetriableError):
        prices = whole

    assert prices == whole
