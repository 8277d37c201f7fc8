"""Cutting an answer up finds the records that reading it whole would find."""

import json

import pytest

from catalog_app.core.strict_json import StrictJsonError
from catalog_app.sync.connectors.cutting import Cutter

RECORDS = [{"id": "1", "name": "é", "price": 1.10}, {"id": "2", "meta": {"id": "inner"}, "updated": "now"}]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("@", RECORDS),
        ("results", {"next": "/2", "results": RECORDS}),
        ("data.items", {"data": {"n": 1, "items": RECORDS}}),
    ],
)
def test_records_are_cut_as_they_were_sent_and_what_is_looked_at_is_read(path: str, body: object) -> None:
    cut = Cutter([path], ["id", "updated"]).cut(b"\xef\xbb\xbf " + json.dumps(body, indent=1).encode())

    assert cut is not None
    assert [json.loads(bytes(part)) for part in cut.parts] == RECORDS
    assert cut.heads == [{"id": "1"}, {"id": "2", "updated": "now"}]


def test_what_surrounds_the_records_is_read_strictly() -> None:
    cutter = Cutter(["results"], ["id"])

    found = cutter.cut(b'{"results": [{"id": 1}], "next": "/2"}')
    assert found is not None
    assert found.rest == {"results": [], "next": "/2"}
    with pytest.raises(StrictJsonError, match="same key twice"):
        cutter.cut(b'{"results": [{"id": 1}], "next": null, "next": "/2"}')


@pytest.mark.parametrize("body", [b"[1, 2]", b'{"error": 1}', b"[NaN]", b'[{"id": "\xff"}]', b"", b'{"results": null}'])
def test_what_is_no_plain_page_of_records_is_left_to_a_closer_look(body: bytes) -> None:
    assert Cutter(["@", "results"], ["id"]).cut(body) is None


def test_a_preset_with_other_than_plain_paths_reads_its_answers_whole() -> None:
    assert Cutter(["@"], ["ids[0]"]).cut(b'[{"ids": ["1"]}]') is None
