import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog_app.core.http import AddressPolicy, FetchFailedError, FetchRequest, StrictFetcher, Timing
from catalog_app.core.http.deadline import Deadline
from catalog_app.core.http.transport import Gate, GatedAdapter
from tests.support.skips import NO_OPENSSL

from .conftest import FakeTime
from .hostile import HostileServer, Say

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason=NO_OPENSSL)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return the files of a certificate for localhost and of its key."""
    folder: Path = tmp_path_factory.mktemp("tls")
    files = str(folder / "cert.pem"), str(folder / "key.pem")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", *names]
    command = [OPENSSL or "", "req", *options, "-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True)  # our own words
    return files


@pytest.fixture
def tls_server(certificate: tuple[str, str]) -> Iterator[HostileServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    running = HostileServer(context=context)
    yield running
    running.close()


def test_a_pinned_address_is_asked_under_its_name(
    tls_server: HostileServer, certificate: tuple[str, str], open_fetcher: Callable[..., StrictFetcher]
) -> None:
    answer = open_fetcher(tls_server.url, ca_file=certificate[0]).fetch(FetchRequest("GET", f"{tls_server.url}/list"))
    assert answer.body == b"[]"
    assert tls_server.asked[0].headers["host"] == f"localhost:{tls_server.port}"


def test_nothing_older_than_tls_1_2_is_spoken_and_every_certificate_is_asked_for() -> None:
    gate = Gate("localhost", 443, AddressPolicy(), Deadline(time.monotonic))
    context = GatedAdapter(gate).poolmanager.connection_pool_kw["ssl_context"]
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_certificate_that_is_not_trusted_ends_it_at_once(
    tls_server: HostileServer, open_fetcher: Callable[..., StrictFetcher], clock: FakeTime
) -> None:
    with pytest.raises(FetchFailedError, match="certificate is not trusted"):
        open_fetcher(tls_server.url).fetch(FetchRequest("GET", f"{tls_server.url}/list"))
    assert (tls_server.asked, clock.slept) == ([], [])


def test_a_drip_under_tls_ends_with_its_deadline(
    tls_server: HostileServer, certificate: tuple[str, str], open_fetcher: Callable[..., StrictFetcher]
) -> None:
    tls_server.answers(Say(raw=tls_server.drip(b"HTTP/1.1 200 OK\r\n\r\n", then=b" ")))
    timing = Timing(FakeTime().now, time.monotonic, FakeTime().sleep)
    fetcher = open_fetcher(tls_server.url, ca_file=certificate[0], timing=timing, attempts=1, page_seconds=0.3)
    began = time.monotonic()
    with pytest.raises(FetchFailedError, match=r"within 0\.3 s"):
        fetcher.fetch(FetchRequest("GET", f"{tls_server.url}/list"))
    assert time.monotonic() - began < 2
