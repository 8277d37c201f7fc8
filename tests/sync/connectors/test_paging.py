import itertools
import json
from typing import Any

import pytest

from catalog_app.core.errors import FatalError
from catalog_app.sync.connectors.connector import Connector, Limits
from catalog_app.sync.connectors.preset import Preset, load_preset
from tests.core.http.hostile import Asked, HostileServer

from .conftest import Connect
from .source import Source, offering, offerings, page


def ids_of(connector: Connector) -> list[str]:
    return [record.external_id for read in connector.pages() for record in read.records]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 25])
def test_every_row_comes_once_and_the_listing_is_proved_complete(source: Source, connect: Connect, count: int) -> None:
    source.rows = offerings(count)
    connector = connect()
    assert ids_of(connector) == [row["id"] for row in source.rows]
    proof = connector.proof
    assert (proof.complete, proof.reasons, proof.rows) == (True, (), count)


def test_the_offset_moves_by_the_rows_received_when_the_server_lowers_the_page_size(
    source: Source, connect: Connect
) -> None:
    source.rows, source.most = offerings(10), 4
    connector = connect()
    assert len(ids_of(connector)) == 10
    assert source.offsets == ["0", "4", "8", "10"]
    assert connector.proof.complete


def test_a_page_tells_what_it_cost(source: Source, connect: Connect) -> None:
    source.rows, source.total = offerings(12), lambda: "12"
    first, second, last = connect().pages()
    assert (first.number, first.received, first.expected_total, first.retries) == (1, 10, 12, 0)
    assert first.bytes > 500
    assert (second.received, last.received) == (2, 0)


@pytest.mark.parametrize("envelope", ["results", "data"])
def test_rows_may_come_in_an_envelope(source: Source, connect: Connect, envelope: str) -> None:
    source.rows = offerings(12)
    source.shape = lambda _asked, _offset, rows: {envelope: rows}
    connector = connect()
    assert len(ids_of(connector)) == 12
    assert connector.proof.complete


def test_a_next_link_is_followed_and_its_absence_is_the_end(source: Source, connect: Connect) -> None:
    source.rows = offerings(25)

    def linked(asked: Asked, offset: int, rows: Any) -> Any:
        more = offset + len(rows) < 25
        return {
            "count": 25,
            "results": rows,
            "next": f"{asked.path}?limit=10&offset={offset + len(rows)}" if more else None,
        }

    source.shape = linked
    connector = connect()
    assert len(ids_of(connector)) == 25
    assert (connector.proof.complete, source.offsets) == (True, ["0", "10", "20"])


@pytest.mark.parametrize("link", ["{other}/list", "//127.0.0.1:1/list", "https://127.0.0.1/list", "http://a@{own}/x"])
def test_a_next_link_elsewhere_ends_the_run_and_is_not_contacted(
    source: Source, server: HostileServer, other_server: HostileServer, connect: Connect, link: str
) -> None:
    source.rows = offerings(25)
    target = link.format(other=other_server.url, own=server.url.removeprefix("http://"))
    source.shape = lambda _asked, _offset, rows: {"results": rows, "next": target}
    connector = connect(auth_kind="bearer", secrets={"token": "s3cret"})
    with pytest.raises(FatalError, match=r"the way to page 2.*Nothing was applied"):
        ids_of(connector)
    assert (len(server.asked), other_server.asked) == (1, [])
    assert not connector.proof.complete


def test_an_ignored_offset_ends_the_listing_as_incomplete(source: Source, connect: Connect) -> None:
    source.rows, source.ignores_offset = offerings(25), True
    connector = connect()
    assert len(ids_of(connector)) == 10
    assert not connector.proof.complete
    assert "page 2 repeats rows that came before" in connector.proof.reasons[0]


def test_an_ignored_offset_is_seen_even_when_the_rows_are_shuffled(source: Source, connect: Connect) -> None:
    source.rows, source.ignores_offset = offerings(10), True
    turns = itertools.count()
    source.shape = lambda _asked, _offset, rows: rows[(turn := next(turns)) :] + rows[:turn]
    connector = connect()
    assert len(ids_of(connector)) == 10
    assert not connector.proof.complete


def test_a_source_whose_rows_change_at_every_answer_cannot_go_on_for_ever(source: Source, connect: Connect) -> None:
    source.rows, source.ignores_offset = offerings(5), True
    turns = itertools.count()
    source.shape = lambda _asked, _offset, rows: [{**row, "version": next(turns)} for row in rows]
    connector = connect()
    ids_of(connector)
    assert len(source.server.asked) == 3
    assert not connector.proof.complete


def test_a_circle_of_next_links_ends_the_listing_as_incomplete(source: Source, connect: Connect) -> None:
    source.rows = offerings(20)
    source.shape = lambda asked, offset, rows: {"results": rows, "next": f"{asked.path}?offset={10 - offset}&limit=10"}
    connector = connect()
    assert len(ids_of(connector)) == 20
    assert not connector.proof.complete


@pytest.mark.parametrize(
    ("total", "is_complete"),
    [
        ("12", True),
        (" 12 ", True),
        (None, True),
        ("0", False),
        ("11", False),
        ("500", False),
        ("-1", False),
        ("many", False),
    ],
)
def test_a_total_that_lies_makes_the_listing_incomplete(
    source: Source, connect: Connect, total: str | None, is_complete: bool
) -> None:
    source.rows, source.total = offerings(12), lambda: total
    connector = connect()
    assert len(ids_of(connector)) == 12
    assert connector.proof.complete is is_complete
    assert bool(connector.proof.reasons) is not is_complete


def test_a_total_of_zero_proves_an_empty_catalogue(source: Source, connect: Connect) -> None:
    source.total = lambda: "0"
    connector = connect()
    assert ids_of(connector) == []
    assert (connector.proof.complete, connector.proof.total) == (True, 0)


def test_a_row_removed_while_reading_makes_the_listing_incomplete(source: Source, connect: Connect) -> None:
    source.rows = offerings(25)
    source.total = lambda: str(len(source.rows))

    def removed(_asked: Asked, offset: int, rows: Any) -> Any:
        if offset == 0:
            source.rows = source.rows[1:]
        return rows

    source.shape = removed
    connector = connect()
    assert len(ids_of(connector)) == 24
    assert not connector.proof.complete
    assert "the total changed from 25 to 24" in connector.proof.reasons[0]


def test_a_row_inserted_while_reading_makes_the_listing_incomplete(source: Source, connect: Connect) -> None:
    source.rows = offerings(25)

    def inserted(_asked: Asked, offset: int, rows: Any) -> Any:
        if offset == 0:
            source.rows = [offering(99), *source.rows]
        return rows

    source.shape = inserted
    connector = connect()
    pages = list(connector.pages())
    assert [sorted(read.seen_before) for read in pages] == [[], ["PO-00009"], [], []]
    assert "some rows came on more than one page, so others may have been skipped" in connector.proof.reasons


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 19, 20, 25])
@pytest.mark.parametrize("most", [1, 2, 7, 50])
def test_without_a_total_each_page_begins_with_the_last_row_of_the_one_before(
    source: Source, connect: Connect, count: int, most: int
) -> None:
    source.rows, source.most, source.total = offerings(count), most, lambda: None
    connector = connect()
    assert ids_of(connector) == [row["id"] for row in source.rows]
    assert (connector.proof.complete, connector.proof.rows) == (True, count)
    if (count, most) == (25, 50):
        assert source.offsets == ["0", "9", "18", "24", "25"]


@pytest.mark.parametrize("gone", [0, 5, 9, 10])
def test_without_a_total_a_row_that_goes_while_reading_is_noticed_if_it_could_hide_another(
    source: Source, connect: Connect, gone: int
) -> None:
    source.rows, source.total = offerings(25), lambda: None

    def removed(_asked: Asked, offset: int, rows: Any) -> Any:
        if offset == 0:
            del source.rows[gone]
        return rows

    source.shape = removed
    connector = connect()
    found = ids_of(connector)
    is_hidden = not {row["id"] for row in source.rows} <= set(found)
    assert not (connector.proof.complete and is_hidden)
    assert connector.proof.complete is (gone == 10)


def test_without_a_total_a_row_that_comes_while_reading_is_noticed(source: Source, connect: Connect) -> None:
    source.rows, source.total = offerings(25), lambda: None

    def inserted(_asked: Asked, offset: int, rows: Any) -> Any:
        if offset == 0:
            source.rows = [offering(99), *source.rows]
        return rows

    source.shape = inserted
    connector = connect()
    assert set(ids_of(connector)) == {row["id"] for row in offerings(25)}
    assert not connector.proof.complete


def test_a_row_limit_counts_new_rows(source: Source, connect: Connect) -> None:
    source.rows, source.total = offerings(25), lambda: None
    connector = connect(limits=Limits(page_size=10, max_rows=12))
    assert ids_of(connector) == [row["id"] for row in offerings(12)]
    assert connector.proof.reasons == ("the limit of 12 rows was reached",)


@pytest.mark.parametrize(
    ("cap", "rows", "is_complete"), [(5, 5, False), (10, 10, False), (24, 24, False), (25, 25, True)]
)
def test_a_cap_on_rows_makes_the_listing_incomplete_unless_it_was_not_needed(
    source: Source, connect: Connect, cap: int, rows: int, is_complete: bool
) -> None:
    source.rows = offerings(25)
    connector = connect(limits=Limits(page_size=10, max_rows=cap))
    assert len(ids_of(connector)) == rows
    assert (connector.proof.complete, connector.proof.rows) == (is_complete, rows)


def test_a_listing_that_was_not_read_to_its_end_is_not_complete(source: Source, connect: Connect) -> None:
    source.rows = offerings(25)
    connector = connect()
    assert connector.proof.reasons == ("it was not read to its end",)
    pages = connector.pages()
    next(pages)
    pages.close()
    assert (connector.proof.complete, connector.proof.rows) == (False, 10)


def test_a_connector_can_read_again_from_the_beginning(source: Source, connect: Connect) -> None:
    source.rows = offerings(12)
    connector = connect()
    assert ids_of(connector) == ids_of(connector)
    assert (connector.proof.complete, connector.proof.rows) == (True, 12)


def changed(preset: Preset, **sections: Any) -> Preset:
    return Preset.model_validate({**preset.model_dump(mode="json", exclude_unset=True), **sections})


def test_a_preset_may_say_that_one_answer_holds_everything(source: Source, connect: Connect) -> None:
    source.rows = offerings(5)
    connector = connect(preset=changed(load_preset("tmf620"), paging={"kind": "none"}))
    assert len(ids_of(connector)) == 5
    assert (connector.proof.complete, source.server.asked[0].query) == (True, {})


def test_a_preset_may_page_by_next_links_alone(source: Source, connect: Connect) -> None:
    source.rows = offerings(12)
    source.shape = lambda asked, offset, rows: {
        "results": rows,
        "paging": {"next": f"{asked.path}?offset=10&limit=10"} if offset == 0 else {},
    }
    paging = {"kind": "next_link_body", "next": "paging.next", "size": 10, "limit": "limit"}
    connector = connect(preset=changed(load_preset("tmf620"), paging=paging))
    assert len(ids_of(connector)) == 12
    assert connector.proof.complete


def test_a_preset_may_take_a_short_page_for_the_end(source: Source, connect: Connect) -> None:
    source.rows = offerings(12)
    paging = {"kind": "offset_limit", "size": 10, "end": ["short_page"]}
    connector = connect(preset=changed(load_preset("tmf620"), paging=paging))
    assert len(ids_of(connector)) == 12
    assert source.offsets == ["0", "10"]


def test_a_preset_may_page_in_the_body(server: HostileServer, connect: Connect) -> None:
    server.answers(page(offerings(10)), page([]))
    request = {"method": "POST", "path": "json/2/search_read", "body": {"fields": ["name"]}}
    paging = {"kind": "offset_limit", "size": 10, "place": "body"}
    connector = connect(preset=changed(load_preset("tmf620"), request=request, paging=paging))
    assert len(ids_of(connector)) == 10
    assert [json.loads(asked.body) for asked in server.asked] == [
        {"fields": ["name"], "offset": 0, "limit": 10},
        {"fields": ["name"], "offset": 10, "limit": 10},
    ]


def test_the_path_of_a_preset_continues_the_base_url(server: HostileServer, connect: Connect) -> None:
    server.answers(page([]))
    list(connect(base_url=f"{server.url}/bss/tmf-api").pages())
    assert server.asked[0].path == "/bss/tmf-api/productCatalogManagement/v5/productOffering/"
