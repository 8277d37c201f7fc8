import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from catalog_app.core.http import (
    AddressPolicy,
    FetchDeferredError,
    FetchFailedError,
    FetchLimits,
    FetchRequest,
    StrictFetcher,
    Timing,
)

from .conftest import FakeTime
from .hostile import HostileServer, Say

Open = Callable[..., StrictFetcher]
MIB = 1024 * 1024


def get(server: HostileServer, path: str = "/list", **options: Any) -> FetchRequest:
    return FetchRequest("GET", f"{server.url}{path}", **options)


def test_an_answer_comes_with_its_body_and_its_size_on_the_wire(server: HostileServer, open_fetcher: Open) -> None:
    packed = gzip.compress(b"[1, 2]" * 1000)
    server.answers(Say(body=packed, headers={"Content-Encoding": "gzip", "X-Total-Count": "7"}))
    answer = open_fetcher().fetch(get(server))
    assert (answer.status, answer.body, answer.received) == (200, b"[1, 2]" * 1000, len(packed))
    assert answer.headers["x-total-count"] == "7"


def test_json_is_asked_for_and_nothing_else_is_said_about_us(server: HostileServer, open_fetcher: Open) -> None:
    open_fetcher().fetch(get(server))
    headers = server.asked[0].headers
    assert headers.pop("host") == f"127.0.0.1:{server.port}"  # type: ignore[attr-defined]
    assert headers == {
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "user-agent": "product-catalog",
    }


def test_one_connection_serves_many_requests(server: HostileServer, open_fetcher: Open) -> None:
    fetcher = open_fetcher()
    for _ in range(3):
        assert fetcher.fetch(get(server)).retries == 0


@pytest.mark.parametrize("encode", [gzip.compress, lambda body: gzip.compress(body[:3]) + gzip.compress(body[3:])])
def test_gzip_of_one_or_more_members_is_unpacked(
    server: HostileServer, open_fetcher: Open, encode: Callable[[bytes], bytes]
) -> None:
    server.answers(Say(body=encode(b"[1, 2, 3]"), headers={"Content-Encoding": "gzip"}))
    assert open_fetcher().fetch(get(server)).body == b"[1, 2, 3]"


def test_deflate_is_unpacked(server: HostileServer, open_fetcher: Open) -> None:
    server.answers(Say(body=zlib.compress(b"[1]"), headers={"Content-Encoding": "deflate"}))
    assert open_fetcher().fetch(get(server)).body == b"[1]"


def test_a_packing_that_was_not_asked_for_is_refused(server: HostileServer, open_fetcher: Open) -> None:
    server.answers(Say(body=b"[]", headers={"Content-Encoding": "br"}))
    with pytest.raises(FetchFailedError, match="not asked for"):
        open_fetcher().fetch(get(server))


@pytest.mark.parametrize("status", [200, 302, 404])
def test_a_gzip_bomb_costs_no_more_memory_than_a_page(server: HostileServer, open_fetcher: Open, status: int) -> None:
    bomb = gzip.compress(bytes(200 * MIB), compresslevel=9)
    headers = {"Content-Encoding": "gzip", "Location": "/elsewhere"}
    server.answers(Say(status=status, body=bomb, headers=headers))
    fetcher = open_fetcher()
    tracemalloc.start()
    with pytest.raises(FetchFailedError):
        fetcher.fetch(get(server))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * MIB
    assert len(server.asked) == 1


def test_a_body_beyond_the_limit_is_not_read_to_its_end(server: HostileServer, open_fetcher: Open) -> None:
    server.answers(Say(raw=server.drip(b"HTTP/1.1 200 OK\r\n\r\n", then=bytes(64 * 1024))))
    with pytest.raises(FetchFailedError, match="larger than 1 MiB"):
        open_fetcher(body_bytes=MIB).fetch(get(server))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    server: HostileServer, other_server: HostileServer, open_fetcher: Open, status: int
) -> None:
    server.answers(Say(status=status, headers={"Location": f"{other_server.url}/list"}))
    with pytest.raises(FetchFailedError, match="redirect"):
        open_fetcher().fetch(get(server, headers={"Authorization": "Bearer abc"}))
    assert (len(server.asked), other_server.asked) == (1, [])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2:{port}/list",
        "http://127.0.0.1:{other}/list",
        "https://127.0.0.1:{port}/list",
        "http://user:word@127.0.0.1:{port}/list",
        "http://127.0.0.1:{port}@localhost/list",
        "//localhost:{other}/list",
        "ftp://127.0.0.1:{port}/list",
        "file:///etc/hostname",
        "http://[::1",
    ],
)
def test_another_origin_is_never_contacted(
    server: HostileServer, other_server: HostileServer, open_fetcher: Open, url: str
) -> None:
    fetcher = open_fetcher()
    with pytest.raises(FetchFailedError):
        fetcher.fetch(FetchRequest("GET", url.format(port=server.port, other=other_server.port)))
    assert (server.asked, other_server.asked) == ([], [])


def test_an_address_that_parsers_read_differently_stays_with_the_server(
    server: HostileServer, other_server: HostileServer, open_fetcher: Open
) -> None:
    open_fetcher().fetch(FetchRequest("GET", f"{server.url}\\@127.0.0.1:{other_server.port}/list"))
    assert (len(server.asked), other_server.asked) == (1, [])


def test_proxies_and_passwords_of_the_environment_are_not_used(
    server: HostileServer,
    other_server: HostileServer,
    open_fetcher: Open,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password word\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other_server.url)
    open_fetcher().fetch(get(server))
    assert "authorization" not in server.asked[0].headers
    assert other_server.asked == []


def test_cookies_are_not_kept(server: HostileServer, open_fetcher: Open) -> None:
    server.answers(Say(body=b"[]", headers={"Set-Cookie": "a=b"}))
    fetcher = open_fetcher()
    fetcher.fetch(get(server))
    fetcher.fetch(get(server))
    assert "cookie" not in server.asked[1].headers


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(server: HostileServer, open_fetcher: Open, clock: FakeTime, status: int) -> None:
    server.answers(Say(status=status), Say(status=status), Say(body=b"[]"))
    assert open_fetcher().fetch(get(server)).retries == 2
    assert clock.slept == [0.25, 0.5]


@pytest.mark.parametrize("status", [400, 403, 404, 408, 410, 422])
def test_a_refusal_is_not_asked_again(server: HostileServer, open_fetcher: Open, status: int) -> None:
    server.answers(Say(status=status))
    with pytest.raises(FetchFailedError, match=str(status)) as failure:
        open_fetcher().fetch(get(server))
    assert (failure.value.status, len(server.asked)) == (status, 1)


def test_a_server_that_keeps_failing_fails_for_good(server: HostileServer, open_fetcher: Open) -> None:
    server.answers(Say(status=503))
    with pytest.raises(FetchFailedError, match="503 at attempt 4 of 4"):
        open_fetcher().fetch(get(server))
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("header", "wait"),
    [("7", 7.25), ("Mon, 23 Nov 2026 12:01:00 GMT", 60.25), (None, 0.25), ("soon", 0.25), ("-5", 0.25)],
)
def test_a_server_is_given_the_time_it_asks_for(
    server: HostileServer, open_fetcher: Open, clock: FakeTime, header: str | None, wait: float
) -> None:
    server.answers(Say(status=429, headers={"Retry-After": header} if header else {}), Say(body=b"[]"))
    open_fetcher().fetch(get(server))
    assert clock.slept == [wait]


def test_a_wait_beyond_the_end_of_the_run_defers_it_at_once(
    server: HostileServer, open_fetcher: Open, clock: FakeTime
) -> None:
    server.answers(Say(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(FetchDeferredError) as deferred:
        open_fetcher(run_seconds=600).fetch(get(server))
    assert (deferred.value.retry_after, clock.slept) == (3600, [])


def test_a_server_that_never_stops_saying_later_is_deferred_not_failed(
    server: HostileServer, open_fetcher: Open
) -> None:
    server.answers(Say(status=429))
    with pytest.raises(FetchDeferredError, match="429"):
        open_fetcher().fetch(get(server))


def test_a_run_whose_time_is_over_is_deferred_without_a_request(
    server: HostileServer, open_fetcher: Open, clock: FakeTime
) -> None:
    fetcher = open_fetcher(run_seconds=10)
    clock.seconds = 10
    with pytest.raises(FetchDeferredError, match="time for this run is over"):
        fetcher.fetch(get(server))
    assert server.asked == []


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BROKEN = {
    "reset": Say(hang_up=True),
    "too short": Say(body=b"[1", length=10),
    "half a chunk": Say(raw=[HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n[1"]),
    "no last chunk": Say(raw=[HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n"]),
    "no chunk length": Say(raw=[HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"]),
    "cut gzip": Say(body=gzip.compress(b"[1, 2, 3]")[:-6], headers={"Content-Encoding": "gzip"}),
    "no gzip": Say(body=b"[1, 2, 3]", headers={"Content-Encoding": "gzip"}),
    "no HTTP": Say(raw=[b"hello\r\n\r\n"]),
    "nothing": Say(raw=[]),
    "half a head": Say(raw=[b"HTTP/1.1 200 OK\r\nContent-"]),
    "endless header": Say(raw=[b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000]),
    "too many headers": Say(raw=[b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n[]"]),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_asked_for_again(server: HostileServer, open_fetcher: Open, broken: Say) -> None:
    server.answers(broken, Say(body=b"[2]"))
    answer = open_fetcher().fetch(get(server))
    assert (answer.body, answer.retries) == (b"[2]", 1)


def test_a_server_that_is_not_there_is_said_to_be_so(open_fetcher: Open) -> None:
    gone = HostileServer()
    gone.close()
    with pytest.raises(FetchFailedError, match="refused the connection"):
        open_fetcher(gone.url).fetch(get(gone))


@pytest.mark.parametrize(
    "start",
    [(), (b"HTTP/1.1 200 OK\r\n",), (HEAD + b"\r\n[",), (HEAD + b"Transfer-Encoding: chunked\r\n\r\n",)],
    ids=["before the head", "within the head", "within the body", "within the chunks"],
)
def test_a_drip_ends_with_its_deadline(server: HostileServer, open_fetcher: Open, start: tuple[bytes, ...]) -> None:
    piece = b"1\r\n \r\n" if start and b"chunked" in start[0] else b"a"
    server.script = lambda _asked: Say(raw=server.drip(*start, then=piece))
    timing = Timing(FakeTime().now, time.monotonic, FakeTime().sleep)
    began = time.monotonic()
    with pytest.raises(FetchFailedError, match=r"within 0\.2 s"):
        open_fetcher(timing=timing, attempts=1, page_seconds=0.2).fetch(get(server))
    assert time.monotonic() - began < 2


def test_a_message_about_a_failure_quotes_neither_query_nor_header(
    server: HostileServer, open_fetcher: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    request = get(server, params={"key": "s3cret"}, headers={"X-Key": "s3cret"}, json={"a": "s3cret"})
    for answer in (
        *BROKEN.values(),
        Say(status=500),
        Say(status=404),
        Say(status=302, headers={"Location": "/s3cret"}),
    ):
        server.answers(answer)
        with pytest.raises(FetchFailedError) as failure:
            open_fetcher().fetch(request)
        assert "s3cret" not in f"{failure.value} {failure.value!r} {request!r}"
    assert "s3cret" not in caplog.text


def test_a_host_outside_the_list_is_refused_before_anything_is_sent(server: HostileServer, clock: FakeTime) -> None:
    policy = AddressPolicy(allow_loopback=True, allowed_hosts=("bss.example.com",))
    with pytest.raises(FetchFailedError, match="not among the allowed"):
        StrictFetcher(server.url, policy=policy, limits=FetchLimits(), timing=clock.timing)


def test_loopback_is_refused_unless_it_is_allowed(server: HostileServer, clock: FakeTime) -> None:
    fetcher = StrictFetcher(server.url, policy=AddressPolicy(), limits=FetchLimits(), timing=clock.timing)
    with pytest.raises(FetchFailedError, match="this very machine"):
        fetcher.fetch(get(server))
    assert server.asked == []
