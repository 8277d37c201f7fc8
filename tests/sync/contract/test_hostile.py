"""Answers that are no page of records, that lead elsewhere, or that never end."""

from collections.abc import Iterator
from time import monotonic

import pytest

from catalog_app.core.errors import CatalogError, FatalError
from catalog_app.demo.standin import Fault
from catalog_app.demo.standin.chargebee import ChargebeeStandin
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.demo.standin.stripe import StripeStandin
from tests.support.other_host import OtherHost

from .conftest import Read
from .counterparts import SECRET


@pytest.fixture
def other_host() -> Iterator[OtherHost]:
    with OtherHost() as listening:
        yield listening


@pytest.mark.parametrize(
    "fault", [Fault.HTML_WITH_200, Fault.ERROR_OBJECT_WITH_200, Fault.NULL_BODY, Fault.WRONG_ENCODING]
)
def test_an_answer_that_is_no_page_of_records_ends_the_run(read: Read, standin: SourceStandin, fault: Fault) -> None:
    standin.fault = fault
    with pytest.raises(FatalError, match="Nothing was applied") as failure:
        read()
    assert SECRET not in str(failure.value)


def test_a_price_that_is_no_number_ends_the_run(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.NAN_PRICE
    if isinstance(standin, ChargebeeStandin | StripeStandin):
        standin.spoils_prices = True
    with pytest.raises(FatalError, match="Nothing was applied"):
        read()


@pytest.mark.parametrize("fault", [Fault.GZIP_BOMB, Fault.HUGE_BODY])
def test_a_bomb_and_a_huge_body_end_the_run(read: Read, standin: SourceStandin, fault: Fault) -> None:
    standin.fault = fault
    with pytest.raises(FatalError, match="larger than 16 MiB"):
        read()


def test_an_endless_drip_ends_with_its_deadline(standin: SourceStandin, read: Read) -> None:
    standin.fault = Fault.ENDLESS_DRIP
    begun = monotonic()
    with pytest.raises(CatalogError, match="Nothing was applied"):
        read(is_real_time=True, attempts=1, page_seconds=0.3)
    assert monotonic() - begun < 3


def test_a_redirect_is_not_followed(read: Read, standin: SourceStandin, other_host: OtherHost) -> None:
    standin.misbehave(Fault.REDIRECT, elsewhere=other_host.url)
    with pytest.raises(FatalError, match="redirect, which is never followed"):
        read()
    assert (other_host.callers, other_host.brought) == (0, b"")


def test_a_next_link_to_another_host_is_not_followed(read: Read, standin: SourceStandin, other_host: OtherHost) -> None:
    standin.misbehave(Fault.NEXT_LINK_ELSEWHERE, elsewhere=other_host.url)
    with pytest.raises(FatalError, match="another host, which was not contacted"):
        read()
    assert (other_host.callers, other_host.brought) == (0, b"")
