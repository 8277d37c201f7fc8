"""A source that refuses, fails or dawdles: what is worth another try gets one, and the rest ends the run."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from catalog_app.core.errors import FatalError, RetriableError
from catalog_app.demo.standin import Fault
from catalog_app.demo.standin.source import SourceStandin
from tests.core.http.conftest import FakeTime

from .conftest import Read, listed
from .counterparts import SECRET


def test_access_that_expires_mid_run_is_renewed_once_and_the_same_page_read_again(
    read: Read, standin: SourceStandin
) -> None:
    standin.fault = Fault.TOKEN_EXPIRES_MID_LISTING
    reading = read()
    assert (sorted(reading.ids), reading.proof.complete) == (sorted(listed(standin)), True)
    assert standin.count(status=401) == 1


def test_access_that_is_refused_mid_run_ends_the_run(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.ACCESS_ENDS_MID_LISTING
    with pytest.raises(FatalError, match="refused the credentials"):
        read()
    assert standin.count(status=401) <= 2


def test_credentials_that_are_refused_end_the_run(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.REFUSE_LOGIN
    with pytest.raises(FatalError, match="refused the credentials") as failure:
        read()
    assert SECRET not in str(failure.value)


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_a_429_is_waited_out_in_each_of_its_forms(
    read: Read, standin: SourceStandin, clock: FakeTime, form: str
) -> None:
    date = format_datetime(clock.now() + timedelta(seconds=7), usegmt=True)
    standin.misbehave(Fault.RETRY_AFTER_429, retry_after={"seconds": "7", "date": date, "none": None}[form])
    reading = read()
    assert (sorted(reading.ids), reading.proof.retries) == (sorted(listed(standin)), 1)
    assert sum(clock.slept) >= (0 if form == "none" else 7)


def test_a_server_error_that_passes_is_tried_again(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.ERROR_500_ONCE
    reading = read()
    assert (sorted(reading.ids), reading.proof.complete, reading.proof.retries) == (sorted(listed(standin)), True, 1)


def test_a_server_error_for_ever_ends_the_run_after_four_tries(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.ERROR_503_ALWAYS
    with pytest.raises(FatalError, match="503"):
        read()
    assert standin.count(status=503) == 4


@pytest.mark.parametrize("fault", [Fault.TRUNCATED_BODY, Fault.CONNECTION_RESET])
def test_a_connection_that_breaks_off_each_time_ends_the_run(read: Read, standin: SourceStandin, fault: Fault) -> None:
    standin.fault = fault
    with pytest.raises(FatalError, match="Nothing was applied"):
        read()


def test_a_page_that_takes_too_long_is_given_up(read: Read, standin: SourceStandin) -> None:
    standin.misbehave(Fault.SLOW_PAGES, delay=0.6)
    with pytest.raises((FatalError, RetriableError), match="Nothing was applied"):
        read(attempts=1, page_seconds=0.2)
