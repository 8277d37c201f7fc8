"""A second listing that is read first and attached to the records, and records that lie within others."""

import itertools
from typing import Any

import pytest

from catalog_app.core.errors import FatalError
from catalog_app.sync.connectors.connector import Connector, Limits
from catalog_app.sync.connectors.preset import load_preset
from tests.core.http.hostile import Asked, HostileServer, Say

from .conftest import Connect
from .source import Json, offering, offerings, page
from .test_paging import changed, ids_of

TMF620 = load_preset("tmf620")
JOIN: Json = {
    "name": "extra_prices",
    "request": {"path": "prices"},
    "paging": {"kind": "offset_limit", "size": 2},
    "each": "@",
    "of": "offering",
    "to": "id",
    "keep": ["amount", "currency"],
}


def price(number: int, of: str, amount: Any = 1, **fields: Any) -> Json:
    return {"id": f"price-{number}", "offering": of, "amount": amount, "currency": "EUR", **fields}


class Two:
    """Serves prices and offerings."""

    def __init__(self, server: HostileServer, rows: list[Json], prices: list[Json]) -> None:
        self.rows, self.prices = rows, prices
        self.most = 2
        server.script = self._answer

    def _answer(self, asked: Asked) -> Say:
        start = int(asked.query["offset"])
        if asked.path == "/prices":
            return page(self.prices[start : start + self.most])
        return page(self.rows[start : start + 10], **{"X-Total-Count": str(len(self.rows))})


def joined(connect: Connect, **rules: Any) -> Connector:
    return connect(preset=changed(TMF620, join={**JOIN, **rules}, auth={}))


def raws(connector: Connector) -> dict[str, Any]:
    return {row.external_id: row.raw for read in connector.pages() for row in read.records}


def test_the_second_listing_is_read_first_and_to_its_end(server: HostileServer, connect: Connect) -> None:
    Two(server, offerings(11), [price(1, "PO-00000", 1.25), price(2, "PO-00010", 2), price(3, "PO-00000", 3)])
    connector = joined(connect)
    found = raws(connector)
    assert [asked.path.rpartition("/")[2] or "list" for asked in server.asked] == ["prices"] * 3 + ["list"] * 3
    assert [str(row["amount"]) for row in found["PO-00000"]["extra_prices"]] == ["1.25", "3"]
    assert found["PO-00010"]["extra_prices"] == [{"amount": 2, "currency": "EUR"}]
    assert found["PO-00001"]["extra_prices"] == []
    assert connector.proof.complete
    assert connector.proof.pages == 3


def test_only_what_is_kept_counts_as_a_change(server: HostileServer, connect: Connect) -> None:
    source = Two(server, [offering("A")], [price(1, "A", 5)])

    def digest() -> str:
        return next(joined(connect).pages()).records[0].source_hash

    before = digest()
    source.prices = [price(1, "A", 5, note="touched")]
    assert digest() == before
    source.prices = [price(1, "A", 6)]
    assert digest() != before


def test_a_stored_record_has_what_was_joined(server: HostileServer, connect: Connect) -> None:
    Two(server, [offering("A")], [price(1, "A", 5)])
    connector = joined(connect)
    record = next(connector.pages()).records[0]
    assert connector.restore(record.raw).raw["extra_prices"] == [{"amount": 5, "currency": "EUR"}]


def test_a_price_that_comes_twice_counts_once(server: HostileServer, connect: Connect) -> None:
    Two(server, [offering("A")], [price(1, "A"), price(2, "A"), price(2, "A"), price(3, "A")])
    connector = joined(connect)
    assert len(raws(connector)["A"]["extra_prices"]) == 3
    assert connector.proof.reasons == ("some extra_prices came more than once, so others may have been skipped",)


def test_half_a_character_sets_aside_the_record_that_holds_it_and_no_other(
    server: HostileServer, connect: Connect
) -> None:
    rows = [offering("A", size=1.25), offering("B", name="half \ud83d"), offering("C")]
    Two(server, rows, [price(1, "A", 2.25), price(2, "C", 1, currency="\udc00")])
    read = next(joined(connect).pages())
    assert [row.external_id for row in read.records] == ["A"]
    assert sorted(str(rejected.external_id) for rejected in read.rejected) == ["B", "C"]
    raw = read.records[0].raw
    assert (str(raw["size"]), str(raw["extra_prices"][0]["amount"])) == ("1.25", "2.25")


def test_a_price_without_a_product_belongs_to_none(server: HostileServer, connect: Connect) -> None:
    Two(server, [offering("A")], [price(1, "B"), price(2, None), price(3, "A") | {"offering": ["A"]}])  # type: ignore[arg-type]
    assert raws(joined(connect))["A"]["extra_prices"] == []


BROKEN = {
    "not found": (Say(status=404), "it answered 404"),
    "HTML": (Say(body=b"<html></html>"), "is not JSON"),
    "HTML that says so": (Say(body=b"<html></html>", content_type="text/html"), "HTML page instead of records"),
    "NaN": (Say(body=b'[{"id": "1", "offering": "A", "amount": NaN}]'), "NaN"),
    "an error object": (Say(body=b'{"error": 1}'), "holds no list of extra_prices"),
}


@pytest.mark.parametrize(("answer", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_second_listing_that_fails_ends_the_run(
    server: HostileServer, connect: Connect, answer: Say, reason: str
) -> None:
    Two(server, [offering("A")], [])
    script = server.script
    server.script = lambda asked: answer if asked.path == "/prices" else script(asked)
    with pytest.raises(FatalError, match=rf"^xiva, the list of extra_prices: .*{reason}.*Nothing was applied"):
        ids_of(joined(connect))


@pytest.mark.parametrize("body", [b'[{"id": "A", "size": NaN}]', b'[{"id": "A", "id": "B"}]', b"[", b"<html>"])
def test_a_page_that_cannot_be_reshaped_is_never_read_as_it_is(
    server: HostileServer, connect: Connect, body: bytes
) -> None:
    server.script = lambda asked: page([]) if asked.path == "/prices" else Say(body=body)
    for connector in (joined(connect), spread(connect)):
        with pytest.raises(FatalError, match="page 1: its answer"):
            ids_of(connector)


def test_a_second_listing_that_is_not_proved_complete_ends_the_run(server: HostileServer, connect: Connect) -> None:
    numbers = itertools.count()
    server.script = lambda _asked: page({"rows": [price(next(numbers), "A")], "next": "again"})
    paging = {"kind": "cursor_body", "next": "next", "param": "after"}
    with pytest.raises(FatalError, match="leads to a page that was read before"):
        ids_of(joined(connect, paging=paging, each="rows"))
    assert len(server.asked) == 2


def test_an_ignored_offset_in_the_second_listing_ends_the_run(server: HostileServer, connect: Connect) -> None:
    server.script = lambda _asked: page([price(1, "A"), price(2, "A")])
    with pytest.raises(FatalError, match="brings nothing new"):
        ids_of(joined(connect))
    assert len(server.asked) == 2


def test_a_second_listing_has_a_bound(server: HostileServer, connect: Connect) -> None:
    Two(server, [offering("A")], [price(number, "A") for number in range(5)])
    with pytest.raises(FatalError, match="more extra_prices than can be held"):
        ids_of(joined(connect, most=3))


def test_a_look_at_the_first_page_does_not_wait_for_the_whole_second_listing(
    server: HostileServer, connect: Connect
) -> None:
    Two(server, [offering("A")], [price(number, "A") for number in range(9)])
    connector = connect(preset=changed(TMF620, join=JOIN, auth={}), limits=Limits(page_size=2, join_pages=1))
    assert len(next(connector.pages()).records[0].raw["extra_prices"]) == 2
    assert [asked.path for asked in server.asked].count("/prices") == 1
    assert connector.proof.reasons == ("the extra_prices were read in part only",)


SPREAD = {"steps": ["families", "plans"]}


def spread(connect: Connect, **rules: Any) -> Connector:
    records = {"paths": "@", "id": "id", "spread": {**SPREAD, **rules}}
    return connect(preset=changed(TMF620, records=records, paging={"kind": "none"}, auth={}))


def test_records_within_others_know_what_they_came_from(server: HostileServer, connect: Connect) -> None:
    families = [{"name": "F", "plans": [offering("A", size=1.25), offering("B")]}, {"name": "G", "plans": None}]
    server.answers(page([{"shop": 1, "families": families}, {"shop": 2, "families": []}]))
    found = raws(spread(connect))
    assert list(found) == ["A", "B"]
    assert found["A"]["parent"] == {"name": "F", "parent": {"shop": 1}}
    assert str(found["A"]["size"]) == "1.25"


@pytest.mark.parametrize(
    "body",
    [
        {"error": 1}, None, [1], [None], [[]], [{"families": {}}], [{"families": [{"plans": "none"}]}], "x",
        [{"error": 1}], [{"families": [{}]}], [{"families": ["F"]}],
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_spread_ends_the_run(server: HostileServer, connect: Connect, body: Any) -> None:
    server.answers(page(body))
    with pytest.raises(FatalError, match=r"page 1: its answer holds no list"):
        ids_of(spread(connect))


@pytest.mark.parametrize("odd", [None, "soon", 5])
def test_versions_without_a_date_end_the_run(server: HostileServer, connect: Connect, odd: Any) -> None:
    server.answers(page([{"since": odd, "families": []}]))
    with pytest.raises(FatalError, match="does not say since when it holds"):
        ids_of(spread(connect, newest="since"))


@pytest.mark.parametrize("body", [[], [{"since": "2999-01-01", "families": [{"plans": [offering("A")]}]}]])
def test_no_version_that_holds_is_an_empty_listing(server: HostileServer, connect: Connect, body: Any) -> None:
    server.answers(page(body))
    assert ids_of(spread(connect, newest="since")) == []


def test_an_inner_record_that_is_no_object_is_set_aside(server: HostileServer, connect: Connect) -> None:
    server.answers(page([{"families": [{"plans": [None, offering("A")]}]}]))
    read = next(spread(connect).pages())
    assert ([row.external_id for row in read.records], len(read.rejected)) == (["A"], 1)
