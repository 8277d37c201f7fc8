import gzip
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog_app.core.errors import FatalError, MappingError, RetriableError
from catalog_app.sync.connectors.connector import Connector, Limits, RecordPage
from catalog_app.sync.connectors.records import Decision, decide
from tests.core.http.conftest import FakeTime
from tests.core.http.hostile import HostileServer, Say

from .conftest import Connect
from .source import Source, offering, offerings, page


def only_page(connector: Connector) -> RecordPage:
    return next(iter(connector.pages()))


NOT_A_PAGE = {
    "HTML": Say(body=b"<html>Please log in</html>", content_type="text/html; charset=utf-8"),
    "HTML called JSON": Say(body=b"<html></html>"),
    "null": Say(body=b"null"),
    "a text": Say(body=b'"ok"'),
    "nothing": Say(body=b""),
    "no content": Say(status=204),
    "an error object": Say(body=b'{"error": "no such catalogue"}'),
    "null for records": Say(body=b'{"results": null, "next": null}'),
    "cut off within": Say(body=b'[{"id": "1", "name": "a"'),
    "another encoding": Say(body='[{"id": "é"}]'.encode("latin-1")),
    "UTF-16": Say(body='[{"id": "é"}]'.encode("utf-16")),
    "NaN": Say(body=b'[{"id": "1", "price": NaN}]'),
    "the same key twice": Say(body=b'{"results": [], "next": null, "next": "/more"}'),
    "nested without end": Say(body=b"[" * 100_000),
    "not found": Say(status=404),
    "forbidden": Say(status=403),
    "a redirect": Say(status=302, headers={"Location": "/login"}),
    "too large": Say(body=gzip.compress(bytes(17 * 1024 * 1024)), headers={"Content-Encoding": "gzip"}),
    "failing for ever": Say(status=500),
    "hanging up for ever": Say(hang_up=True),
}


@pytest.mark.parametrize("answer", NOT_A_PAGE.values(), ids=NOT_A_PAGE.keys())
def test_a_page_that_is_no_page_of_records_ends_the_run(server: HostileServer, connect: Connect, answer: Say) -> None:
    server.answers(page(offerings(10)), answer)
    connector = connect()
    pages = connector.pages()
    assert next(pages).received == 10
    with pytest.raises(FatalError, match=r"^xiva, page 2: .*\. Nothing was applied; .*\. .*\.$"):
        next(pages)
    assert not connector.proof.complete


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ("NaN", "Ask those who run it to correct what it sends"),
        ("the same key twice", "Ask those who run it to correct what it sends"),
        ("another encoding", "Ask those who run it to correct what it sends"),
        ("HTML", "Check the base URL and the preset"),
        ("HTML called JSON", "Check the base URL and the preset"),
    ],
)
def test_a_message_names_the_system_as_people_do_and_gives_advice_that_fits_the_fault(
    server: HostileServer, connect: Connect, answer: str, advice: str
) -> None:
    server.answers(NOT_A_PAGE[answer])

    with pytest.raises(FatalError, match=rf"^Xiva BSS, page 1: .*\. {advice}"):
        only_page(connect(label="Xiva BSS"))


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (b'"name": "b"', "same key twice"),
        (b'"size": 1e999', "beyond 10"),
        (b'"x": %b' % (b"[" * 300 + b"]" * 300), "deep"),
    ],
)
def test_a_record_that_cannot_be_read_whole_is_set_aside_alone_and_nothing_is_proved(
    server: HostileServer, connect: Connect, odd: bytes, reason: str
) -> None:
    server.answers(
        Say(body=b'[{"id": "1", "name": "a", %b}, {"id": "2", "name": "c", "lifecycleStatus": "Active"}]' % odd),
        page([]),
    )
    connector = connect()
    pages = connector.pages()
    read = next(pages)
    with pytest.raises(MappingError, match=rf"^record: it .*{reason}"):
        connector.map(read.records[0])
    assert connector.map(read.records[1]).values["name"] == "c"
    assert odd.decode() in read.records[0].raw
    assert len(read.records[0].source_hash) == 64
    list(pages)
    assert not connector.proof.complete


def test_a_page_is_tried_again_after_a_fault_that_may_pass(source: Source, connect: Connect, clock: FakeTime) -> None:
    source.rows = offerings(12)
    faults = [Say(status=503), Say(hang_up=True), Say(status=429, headers={"Retry-After": "30"})]
    source.before = lambda asked: faults.pop() if asked.query["offset"] == "10" and faults else None
    connector = connect()
    assert [read.retries for read in connector.pages()] == [0, 3, 0]
    assert (connector.proof.complete, connector.proof.retries, connector.proof.rows) == (True, 3, 12)
    assert clock.slept[0] > 30


def test_a_source_that_says_later_defers_the_run(server: HostileServer, connect: Connect) -> None:
    server.answers(Say(status=429, headers={"Retry-After": "7200"}))
    with pytest.raises(RetriableError, match="tried again later") as deferred:
        list(connect().pages())
    assert deferred.value.retry_after == 7200


def test_the_time_of_a_run_covers_all_of_its_pages(source: Source, connect: Connect, clock: FakeTime) -> None:
    source.rows = offerings(1000)
    connector = connect(limits=Limits(page_size=10, run_seconds=100))
    pages = connector.pages()
    for _ in range(4):
        next(pages)
        clock.seconds += 30
    with pytest.raises(RetriableError, match="time for this run is over"):
        next(pages)
    assert connector.proof.pages == 4


def test_a_dripping_page_ends_with_its_deadline(server: HostileServer, connect: Connect) -> None:
    server.script = lambda _asked: Say(raw=server.drip(b"HTTP/1.1 200 OK\r\n\r\n[", then=b" "))
    connector = connect(limits=Limits(attempts=1, page_seconds=0.2))
    connector = Connector(connector._config, now=FakeTime().now, monotonic=time.monotonic, sleep=FakeTime().sleep)
    with pytest.raises(FatalError, match=r"within 0\.2 s"):
        list(connector.pages())


@pytest.mark.parametrize(
    ("sent", "known_as"),
    [
        ("A1", "A1"),
        (" A1\t", "A1"),
        ("A\u200b1\ufeff", "A1"),
        ("a1", "a1"),
        ("e\u0301", "\u00e9"),
        (17, "17"),
        ("0", "0"),
    ],
)
def test_ids_are_compared_after_normalising(
    server: HostileServer, connect: Connect, sent: object, known_as: str
) -> None:
    server.answers(page([offering("x", id=sent)]))
    assert [record.external_id for record in only_page(connect()).records] == [known_as]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (None, "is missing"),
        ("", "is empty"),
        (" \u200b ", "is empty"),
        (True, "is not text"),
        (1.5, "is not text"),
        (10**30, "is not text"),
        ([], "is not text"),
        ({"value": "1"}, "is not text"),
        ("a\0b", "cannot be kept"),
        ("a\nb", "cannot be kept"),
        ("x" * 256, "longer than 255"),
    ],
)
def test_a_row_without_a_usable_id_is_set_aside(
    server: HostileServer, connect: Connect, sent: object, reason: str
) -> None:
    server.answers(page([offering("x", id=sent), offering("good")]))
    read = only_page(connect())
    assert [record.external_id for record in read.records] == ["good"]
    assert (read.rejected[0].field, read.received) == ("external_product_id", 2)
    assert reason in read.rejected[0].reason


@pytest.mark.parametrize("row", [None, 1, "text", [], [offering(1)]])
def test_a_row_that_is_no_object_is_set_aside(server: HostileServer, connect: Connect, row: object) -> None:
    server.answers(page([row, offering("good")]))
    read = only_page(connect())
    assert ([record.external_id for record in read.records], read.rejected[0].field) == (["good"], "record")


def test_a_row_with_half_a_character_is_set_aside_in_a_form_that_can_be_stored(
    server: HostileServer, connect: Connect
) -> None:
    server.answers(page([offering("bad", name="half \ud83d"), offering("good")]))
    read = only_page(connect())
    assert [record.external_id for record in read.records] == ["good"]
    assert (read.rejected[0].external_id, read.rejected[0].raw["name"]) == ("bad", "half \ufffd")


def test_the_same_content_twice_counts_once(server: HostileServer, connect: Connect) -> None:
    server.answers(page([offering("A"), offering("B"), offering("A")]))
    read = only_page(connect())
    assert ([record.external_id for record in read.records], read.rejected, read.received) == (["A", "B"], (), 3)


@pytest.mark.parametrize("is_newer_first", [True, False])
def test_of_two_contents_the_newer_by_the_sources_own_time_wins(
    server: HostileServer, connect: Connect, is_newer_first: bool
) -> None:
    rows = [
        offering("A", name="old", lastUpdate="2026-01-01T00:00:00Z"),
        offering("A", name="new", lastUpdate="2026-01-01T03:00:00+02:00"),
    ]
    server.answers(page(rows[::-1] if is_newer_first else rows))
    read = only_page(connect())
    assert ([record.raw["name"] for record in read.records], read.rejected) == (["new"], ())


@pytest.mark.parametrize("times", [(None, None), ("2026-01-01T00:00:00Z", None), ("2026-01-01T00:00:00Z",) * 2])
def test_two_contents_without_a_newer_one_are_both_set_aside(
    server: HostileServer, connect: Connect, times: tuple[str | None, str | None]
) -> None:
    rows = [offering("A", name=str(number), lastUpdate=given) for number, given in enumerate(times)]
    server.answers(page([*rows, rows[0], offering("B")]))
    read = only_page(connect())
    assert [record.external_id for record in read.records] == ["B"]
    assert [(rejected.external_id, "twice" in rejected.reason) for rejected in read.rejected] == [("A", True)] * 3


def test_the_hash_of_a_record_does_not_depend_on_the_order_of_its_keys(server: HostileServer, connect: Connect) -> None:
    row = offering("A", description="x", version="1")
    server.answers(page([row]), page([dict(reversed(row.items()))]))
    first, second = (only_page(connect()).records[0] for _ in range(2))
    # As sent they differ, and only then is it looked at what they say.
    assert (first.sent_hash == second.sent_hash, first.content_hash == second.content_hash) == (False, True)
    assert decide(first, second) is Decision.KEEP_FIRST


def test_the_hash_of_a_record_does_not_depend_on_its_neighbours(server: HostileServer, connect: Connect) -> None:
    row = offering("A", version=1.10, size=10**25)
    server.answers(page([row]), page([row, offering("half", name="\ud83d")]))
    assert only_page(connect()).records[0].content_hash == only_page(connect()).records[0].content_hash


def test_the_hash_of_a_record_changes_with_the_mapping(server: HostileServer, connect: Connect) -> None:
    server.answers(page([offering("A")]))
    plain = only_page(connect()).records[0]
    overridden = only_page(connect(tables={"lifecycle_status": {"active": "in_test"}})).records[0]
    assert plain.source_hash != overridden.source_hash


def test_a_record_keeps_every_digit(server: HostileServer, connect: Connect) -> None:
    server.answers(Say(body=b'[{"id": "A", "amount": 1.10, "big": 123456789012345678901234567890}]'))
    raw = only_page(connect()).records[0].raw
    assert (str(raw["amount"]), raw["big"]) == ("1.10", Decimal(123456789012345678901234567890))


def test_a_stored_record_comes_back_the_same(server: HostileServer, connect: Connect) -> None:
    server.answers(page([offering("A", version=1.5, lastUpdate="2026-02-03T04:05:06Z")]))
    connector = connect()
    record = only_page(connector).records[0]
    assert record.source_updated_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    restored = connector.restore(record.raw)
    assert (restored.external_id, restored.content_hash) == (record.external_id, record.content_hash)
    assert restored.source_updated_at == record.source_updated_at
    assert connector.map(connector.restore(record.raw)) == connector.map(record)
    with pytest.raises(MappingError):
        connector.restore({"name": "without an id"})


@pytest.mark.parametrize("odd", ["yesterday", "", 17, "0000-00-00", "9999-12-31T23:59:59-05:00", None, ["x"]])
def test_an_odd_time_of_change_is_no_time_of_change(server: HostileServer, connect: Connect, odd: object) -> None:
    server.answers(page([offering("A", lastUpdate=odd)]))
    assert only_page(connect()).records[0].source_updated_at is None


def test_a_clock_that_is_ahead_at_the_source_is_taken_as_it_is(server: HostileServer, connect: Connect) -> None:
    server.answers(page([offering("A", lastUpdate="2126-01-01T00:00:00Z")]))
    assert only_page(connect()).records[0].source_updated_at == datetime(2126, 1, 1, tzinfo=UTC)


def test_a_fault_in_the_settings_is_told_before_anything_is_sent(server: HostileServer, connect: Connect) -> None:
    with pytest.raises(FatalError, match=r"no table 'colours'.*'sold' is no lifecycle_status"):
        connect(tables={"colours": {"red": "r"}, "lifecycle_status": {"active": "sold"}})
    with pytest.raises(FatalError, match="not among the allowed"):
        list(connect(allowed_hosts=("bss.example.com",)).pages())
    with pytest.raises(FatalError, match="this very machine"):
        list(connect(allow_loopback=False).pages())
    assert server.asked == []


def test_the_settings_of_a_system_do_not_show_its_secrets(connect: Connect) -> None:
    connector = connect(auth_kind="bearer", secrets={"token": "s3cret"})
    shown = f"{connector._config!r} {connector!r} {connector._auth!r} {replace(connector._config, key='crm')}"
    assert "s3cret" not in shown
    assert json.dumps(connector._config.key) == '"xiva"'
