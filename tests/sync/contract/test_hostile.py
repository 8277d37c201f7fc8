"""Answers that are no page of records, that lead elsewhere, or that never end."""

import socket
import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from catalog_app.core.errors import CatalogError, FatalError
from catalog_app.demo.standin import Fault
from catalog_app.demo.standin.chargebee import ChargebeeStandin
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.demo.standin.stripe import StripeStandin

from .conftest import Read
from .counterparts import SECRET


class Listener:
    """Another host: counts who connects and what they bring."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.callers = 0
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.callers += 1
            caller.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def other_host() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


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


def test_a_redirect_is_not_followed(read: Read, standin: SourceStandin, other_host: Listener) -> None:
    standin.misbehave(Fault.REDIRECT, elsewhere=other_host.url)
    with pytest.raises(FatalError, match="redirect, which is never followed"):
        read()
    assert other_host.callers == 0


def test_a_next_link_to_another_host_is_not_followed(read: Read, standin: SourceStandin, other_host: Listener) -> None:
    standin.misbehave(Fault.NEXT_LINK_ELSEWHERE, elsewhere=other_host.url)
    with pytest.raises(FatalError, match="another host, which was not contacted"):
        read()
    assert other_host.callers == 0
