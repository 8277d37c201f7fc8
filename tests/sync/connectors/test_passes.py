"""Listings that are read in several passes, changes that are asked for alone, parameters, and marks of deletion."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from catalog_app.core.errors import FatalError
from catalog_app.sync.connectors.connector import Connector
from catalog_app.sync.connectors.preset import Preset, load_preset
from tests.core.http.hostile import Asked, HostileServer, Say

from .conftest import Connect
from .source import Json, Source, offering, offerings, page
from .test_paging import changed, ids_of

TMF620 = load_preset("tmf620")
PARTITIONS = {"param": "archived", "values": ["false", "true"]}
SINCE = datetime(2026, 3, 1, 12, 0, 30, 250_000, tzinfo=timezone(timedelta(hours=2)))


class Parted:
    """Serves one list of rows for each value of the parameter `archived`, by offset."""

    def __init__(self, server: HostileServer, **rows: list[Json]) -> None:
        self.rows = rows
        self.total: Callable[[list[Json]], int | None] = len
        server.script = self._answer

    def _answer(self, asked: Asked) -> Say:
        rows = self.rows[asked.query["archived"]]
        start, total = int(asked.query["offset"]), self.total(rows)
        headers = {} if total is None else {"X-Total-Count": str(total)}
        return page(rows[start : start + 10], **headers)


def parted(connect: Connect, **settings: Any) -> Connector:
    return connect(preset=changed(TMF620, partitions=PARTITIONS, auth={}), **settings)


def test_every_pass_is_read_to_its_end(server: HostileServer, connect: Connect) -> None:
    Parted(server, false=offerings(12), true=[offering("old")])
    connector = parted(connect)
    assert ids_of(connector) == [*(row["id"] for row in offerings(12)), "old"]
    assert (connector.proof.complete, connector.proof.rows) == (True, 13)
    assert [asked.query["archived"] for asked in server.asked] == ["false"] * 3 + ["true"] * 2


def test_a_total_counts_within_its_pass(server: HostileServer, connect: Connect) -> None:
    Parted(server, false=offerings(12), true=[offering("old")])
    connector = parted(connect)
    ids_of(connector)
    assert connector.proof.complete
    assert connector.proof.total == 13


@pytest.mark.parametrize("liar", ["false", "true"])
def test_a_total_that_lies_in_one_pass_makes_the_listing_incomplete(
    server: HostileServer, connect: Connect, liar: str
) -> None:
    source = Parted(server, false=offerings(12), true=[offering("old")])
    source.total = lambda rows: len(rows) + (rows is source.rows[liar])
    connector = parted(connect)
    ids_of(connector)
    assert not connector.proof.complete


def test_an_incomplete_pass_makes_the_whole_listing_incomplete(server: HostileServer, connect: Connect) -> None:
    Parted(server, false=offerings(12) + offerings(12), true=[offering("old")])
    connector = parted(connect)
    assert "old" not in ids_of(connector)
    assert not connector.proof.complete


def test_a_failing_pass_ends_the_run(server: HostileServer, connect: Connect) -> None:
    Parted(server, false=offerings(3), true=[])
    script = server.script
    server.script = lambda asked: Say(status=404) if asked.query["archived"] == "true" else script(asked)
    with pytest.raises(FatalError, match="page 3: it answered 404"):
        ids_of(parted(connect))


def test_a_row_that_two_passes_have_is_named_but_no_sign_of_a_fault(server: HostileServer, connect: Connect) -> None:
    moved = [offering(1, description="moved"), offering(2)]
    Parted(server, false=offerings(12), true=moved)
    connector = parted(connect)
    pages = list(connector.pages())
    assert connector.proof.complete
    assert [sorted(read.seen_before) for read in pages] == [[], [], [], ["PO-00001", "PO-00002"], []]


INCREMENTAL = {"format": "iso", "overlap": 30, "params": {"changedSince": "{since}"}}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("iso", "2026-03-01T10:00:00.250Z"),
        ("sql", "2026-03-01 10:00:00"),
        ("seconds", "1772359200"),
        ("milliseconds", "1772359200250"),
    ],
)
def test_changes_are_asked_for_from_a_little_before_the_time_given(
    source: Source, connect: Connect, written: str, said: str
) -> None:
    source.rows = offerings(12)
    preset = changed(TMF620, incremental={**INCREMENTAL, "format": written})
    connector = since(connect, preset)
    assert len(ids_of(connector)) == 12
    assert [asked.query["changedSince"] for asked in source.server.asked] == [said] * 3
    assert connector.is_incremental


def since(connect: Connect, preset: Preset, moment: datetime | None = SINCE) -> Connector:
    made = connect(preset=preset)
    return Connector(
        made._config, since=moment, now=made._timing.now, monotonic=made._timing.monotonic, sleep=made._timing.sleep
    )


def test_without_a_time_everything_is_asked_for(source: Source, connect: Connect) -> None:
    preset = changed(TMF620, incremental=INCREMENTAL)
    connector = since(connect, preset, None)
    assert (ids_of(connector), connector.is_incremental) == ([], False)
    assert "changedSince" not in source.server.asked[0].query


def test_a_preset_that_cannot_tell_changes_reads_everything(source: Source, connect: Connect) -> None:
    source.rows = offerings(3)
    connector = since(connect, TMF620)
    assert (len(ids_of(connector)), connector.is_incremental, TMF620.is_incremental) == (3, False, False)


def test_changes_may_be_asked_for_by_a_request_of_their_own(server: HostileServer, connect: Connect) -> None:
    server.answers(page({"results": offerings(2), "next": 2}), page({"results": []}))
    preset = changed(
        TMF620,
        partitions=PARTITIONS,
        incremental={
            "format": "milliseconds",
            "request": {"method": "POST", "path": "search", "body": {"filters": [{"value": "{since}"}]}},
            "paging": {"kind": "cursor_body", "next": "next", "param": "after", "place": "body"},
        },
    )
    assert len(ids_of(since(connect, preset))) == 2
    assert [(asked.method, asked.path) for asked in server.asked] == [("POST", "/search")] * 2
    assert json.loads(server.asked[1].body) == {"filters": [{"value": "1772359170250"}], "after": 2}


def test_the_body_for_changes_goes_over_the_usual_one(server: HostileServer, connect: Connect) -> None:
    server.script = lambda _asked: page([])
    preset = changed(
        TMF620,
        request={"method": "POST", "path": "list", "body": {"order": "id", "domain": []}},
        incremental={"format": "sql", "overlap": 0, "body": {"domain": [["changed", ">=", "{since}"]]}},
        paging={"kind": "none"},
    )
    ids_of(since(connect, preset))
    assert json.loads(server.asked[0].body) == {"order": "id", "domain": [["changed", ">=", "2026-03-01 10:00:30"]]}


PARAMS = {
    "version": "v5",
    "fields": {"kind": "words", "default": "id, name"},
    "book": {"kind": "text", "default": "Standard"},
    "tenant": "",
    "folder": {"kind": "path", "default": "/a/b"},
}


def with_params(**request: Any) -> Preset:
    asked = {
        "path": "api/{version}/list",
        "params": {"fields": "{fields}", "q": "book = '{book}'", "tenant": "{tenant}"},
    }
    return changed(TMF620, params=PARAMS, paging={"kind": "none"}, auth={}, request={**asked, **request})


def test_parameters_stand_in_path_query_header_and_body(server: HostileServer, connect: Connect) -> None:
    server.script = lambda _asked: page([])
    body = {"fields": ["{fields}"], "deep": [{"text": "in {book} of {version}"}]}
    preset = with_params(method="POST", headers={"X-Tenant": "{tenant}", "X-Book": "{book}"}, body=body)
    ids_of(connect(preset=preset, params={"version": "v4", "book": "Größe 1", "fields": "id,x__c", "tenant": "t-1"}))
    asked = server.asked[0]
    assert (asked.path, asked.query["q"], asked.query["fields"]) == ("/api/v4/list", "book = 'Größe 1'", "id,x__c")
    assert asked.headers["x-tenant"] == "t-1"
    assert json.loads(asked.body) == {"fields": ["id", "x__c"], "deep": [{"text": "in Größe 1 of v4"}]}


@pytest.mark.parametrize(
    ("folder", "path"), [("/x/y-1", "/x/y-1"), ("x/", "/bss/x/"), ("", "/bss/"), ("/v2.1/", "/v2.1/")]
)
def test_a_path_may_be_a_parameter(server: HostileServer, connect: Connect, folder: str, path: str) -> None:
    server.script = lambda _asked: page([])
    preset = with_params(path="{folder}", params={})
    ids_of(connect(preset=preset, base_url=f"{server.url}/bss", params={"folder": folder}))
    assert server.asked[0].path == path


def test_a_parameter_that_is_not_set_has_its_default_and_what_is_empty_is_not_sent(
    server: HostileServer, connect: Connect
) -> None:
    server.script = lambda _asked: page([])
    ids_of(connect(preset=with_params(headers={"X-Tenant": "{tenant}"})))
    asked = server.asked[0]
    assert (asked.path, asked.query) == ("/api/v5/list", {"fields": "id,name", "q": "book = 'Standard'"})
    assert "x-tenant" not in asked.headers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", "v5/../admin"),
        ("version", ".."),
        ("version", "a b"),
        ("version", "v5?x=1"),
        ("version", "{book}"),
        ("version", "v5\r\nX: y"),
        ("fields", "id FROM Secret"),
        ("fields", "id,,name"),
        ("fields", "id')"),
        ("book", "x' OR Name LIKE '%"),
        ("book", "x\\"),
        ("book", "a/b"),
        ("book", "a\nb"),
        ("book", "x" * 201),
        ("folder", "//other.example"),
        ("folder", "a//b"),
        ("folder", "a/../b"),
        ("folder", "a b"),
        ("folder", "a" * 5000 + "!"),
        ("colour", "red"),
    ],
)
def test_a_parameter_cannot_leave_its_place(server: HostileServer, connect: Connect, name: str, value: str) -> None:
    with pytest.raises(FatalError, match=rf"parameters of this system have faults: .*'{name}'.* Correct its settings"):
        connect(preset=with_params(), params={name: value})
    assert server.asked == []


def test_the_hash_of_a_record_does_not_depend_on_how_it_was_asked_for(server: HostileServer, connect: Connect) -> None:
    server.script = lambda _asked: page([offering("A")])
    first, second = (
        next(connect(preset=with_params(), params={"version": version}).pages()).records[0] for version in ("v4", "v5")
    )
    assert first.source_hash == second.source_hash


FLAGS: list[tuple[Json, Any, bool]] = [
    ({"path": "gone"}, True, True),
    ({"path": "gone"}, False, False),
    ({"path": "gone"}, 1, False),
    ({"path": "gone"}, "true", False),
    ({"path": "gone"}, None, False),
    ({"path": "gone", "values": ["deleted", "archived"]}, "Deleted", True),
    ({"path": "gone", "values": ["deleted", "archived"]}, "active", False),
    ({"path": "gone", "values": [1]}, 1, True),
    ({"path": "gone", "values": [1]}, True, False),
    ({"path": ["state.gone", "gone"]}, True, True),
    ({"path": "gone"}, [True], False),
    ({"path": "length(gone) == `0`"}, 5, False),
]


@pytest.mark.parametrize(("flag", "value", "is_deleted"), FLAGS)
def test_a_record_is_deleted_if_it_bears_the_flag(
    server: HostileServer, connect: Connect, flag: Json, value: Any, is_deleted: bool
) -> None:
    server.script = lambda _asked: page([offering("A", gone=value)])
    preset = changed(TMF620, deletions={"by": ["flag"], "flag": flag}, paging={"kind": "none"})
    assert next(connect(preset=preset).pages()).records[0].is_deleted is is_deleted


def test_a_tombstone_needs_no_more_than_an_id(server: HostileServer, connect: Connect) -> None:
    tombstone = {"id": "A", "last_modified": 1772359200250, "deleted": True}
    server.script = lambda _asked: page({"data": [tombstone]})
    preset = changed(
        TMF620,
        deletions={"by": ["flag"], "flag": {"path": "deleted"}},
        records={"paths": "data", "id": "id", "updated": "last_modified", "updated_format": "milliseconds"},
        paging={"kind": "header_token", "header": "Next-Page"},
    )
    read = next(connect(preset=preset).pages())
    assert read.rejected == ()
    assert (read.records[0].external_id, read.records[0].is_deleted) == ("A", True)
    assert read.records[0].source_updated_at == datetime(2026, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)


def test_a_source_whose_clock_begins_with_the_calendar_is_asked_from_then(source: Source, connect: Connect) -> None:
    source.rows = offerings(3)
    connector = since(connect, changed(TMF620, incremental=INCREMENTAL), datetime.min.replace(tzinfo=UTC))
    assert len(ids_of(connector)) == 3
