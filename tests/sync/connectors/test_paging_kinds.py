"""Every kind of paging over a source that pages so: all rows once, its end proved, and what happens if it misbehaves."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from catalog_app.core.errors import FatalError
from catalog_app.sync.connectors.connector import Connector
from catalog_app.sync.connectors.paging.links import next_of
from catalog_app.sync.connectors.preset import load_preset
from tests.core.http.hostile import Asked, HostileServer, Say

from .conftest import Connect
from .source import Json, offerings
from .test_paging import changed, ids_of


@dataclass
class Kind:
    """A kind of paging: its rules, where a request says from which row on, and how an answer leads to the next."""

    rules: Json
    start: Callable[[Asked], int]
    answer: Callable[[Asked, list[Json], int | None, int], Say]
    method: str = "GET"
    shows_more: bool = field(default=False)


def say(body: Any, **headers: str) -> Say:
    return Say(body=json.dumps(body).encode(), headers=headers)


def asked_for(name: str, default: int = 0) -> Callable[[Asked], int]:
    return lambda asked: int(asked.query.get(name, default))


def in_body(name: str) -> Callable[[Asked], int]:
    return lambda asked: int(json.loads(asked.body or b"{}").get(name, 0))


def after_last(asked: Asked) -> int:
    return int(asked.query["after"].removeprefix("PO-")) + 1 if "after" in asked.query else 0


def url(asked: Asked, start: int | None) -> str:
    return f"{asked.path}?from={start}&limit=10"


def linked(asked: Asked, rows: list[Json], start: int | None, _total: int) -> Say:
    others = '<https://example.com/a,b>; rel="help", </first>; rel=first; title="x, y"'
    return say(rows, Link=others + (f', <{url(asked, start)}>; rel="last next"' if start is not None else ""))


def tokened(asked: Asked, rows: list[Json], start: int | None, _total: int) -> Say:
    return say({"data": rows}, **({"Next-Page": url(asked, start)} if start is not None else {}))


KINDS = {
    "page_number until an empty page": Kind(
        {"kind": "page_number", "size": 10},
        lambda asked: 10 * (int(asked.query["page"]) - 1),
        lambda _asked, rows, _start, _total: say(rows),
    ),
    "page_number from zero, in the body, until a short page": Kind(
        {"kind": "page_number", "size": 10, "first": 0, "place": "body", "end": ["short_page"]},
        lambda asked: 10 * in_body("page")(asked),
        lambda _asked, rows, _start, _total: say(rows),
        method="POST",
    ),
    "page_number until there is no next": Kind(
        {"kind": "page_number", "size": 10, "next": "meta.next", "end": ["absent_next"]},
        lambda asked: 10 * (int(asked.query["page"]) - 1),
        lambda _asked, rows, start, _total: say({"data": rows, "meta": {"next": start}}),
    ),
    "page_number until there is no more": Kind(
        {"kind": "page_number", "size": 10, "more": "has_more", "end": ["no_more"]},
        lambda asked: 10 * (int(asked.query["page"]) - 1),
        lambda _asked, rows, start, _total: say({"data": rows, "has_more": start is not None}),
    ),
    "offset_limit until the total": Kind(
        {"kind": "offset_limit", "size": 10, "end": ["total"]},
        asked_for("offset"),
        lambda _asked, rows, _start, total: say({"data": rows, "total": total}),
    ),
    "cursor_body in the query": Kind(
        {"kind": "cursor_body", "next": "paging.next", "param": "after", "limit": "limit", "size": 10},
        asked_for("after"),
        lambda _asked, rows, start, _total: say({"data": rows, "paging": {"next": str(start)} if start else None}),
    ),
    "cursor_body in the body, with a word about more": Kind(
        {"kind": "cursor_body", "next": "next", "param": "after", "place": "body", "more": "more"},
        in_body("after"),
        lambda _asked, rows, start, _total: say({"data": rows, "next": start or 99, "more": start is not None}),
        method="POST",
    ),
    "after_id": Kind(
        {"kind": "after_id", "param": "after", "more": "has_more", "limit": "limit", "size": 10},
        after_last,
        lambda _asked, rows, start, _total: say({"data": rows, "has_more": start is not None}),
    ),
    "after_id in a place of the body": Kind(
        {"kind": "after_id", "place": "body", "limit": "limit", "first": ""},
        lambda asked: int(json.loads(asked.body)["where"][1].removeprefix("PO-") or -1) + 1,
        lambda _asked, rows, _start, _total: say(rows),
        method="POST",
    ),
    "next_link_body": Kind(
        {"kind": "next_link_body", "next": "next", "more": "!done"},
        asked_for("from"),
        lambda asked, rows, start, _total: say(
            {"data": rows, "done": start is None, **({"next": url(asked, start)} if start is not None else {})}
        ),
    ),
    "link_header": Kind({"kind": "link_header", "size": 10, "limit": "limit"}, asked_for("from"), linked),
    "header_token with an address": Kind({"kind": "header_token", "header": "Next-Page"}, asked_for("from"), tokened),
    "header_token with a token": Kind(
        {"kind": "header_token", "header": "X-Cursor", "param": "after"},
        asked_for("after"),
        lambda _asked, rows, start, _total: say(rows, **({"X-Cursor": str(start)} if start is not None else {})),
    ),
}  # fmt: skip


class Paged:
    """Serves rows as one kind of paging wants them, ten an answer."""

    def __init__(self, server: HostileServer, kind: Kind, count: int) -> None:
        self.server, self.kind, self.rows = server, kind, offerings(count)
        self.lead: Callable[[int], int | None] = lambda start: start if start < len(self.rows) else None
        server.script = self._answer

    def _answer(self, asked: Asked) -> Say:
        start = self.kind.start(asked)
        rows = self.rows[start : start + 10]
        return self.kind.answer(asked, rows, self.lead(start + 10), len(self.rows))


def paged(connect: Connect, kind: Kind) -> Connector:
    request: Json = {"method": kind.method, "path": "list"}
    if "first" in kind.rules and kind.rules["kind"] == "after_id":
        request["body"] = {"where": ["id >", "{after}"]}
    return connect(preset=changed(load_preset("tmf620"), paging=kind.rules, request=request))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 25])
def test_every_row_comes_once_and_the_end_is_proved(
    server: HostileServer, connect: Connect, kind: Kind, count: int
) -> None:
    Paged(server, kind, count)
    connector = paged(connect, kind)
    assert ids_of(connector) == [row["id"] for row in offerings(count)]
    assert (connector.proof.complete, connector.proof.rows) == (True, count)


FOLLOWED = {name: kind for name, kind in KINDS.items() if "until" not in name}


@pytest.mark.parametrize("kind", FOLLOWED.values(), ids=FOLLOWED.keys())
def test_a_cursor_that_comes_again_makes_the_listing_incomplete(
    server: HostileServer, connect: Connect, kind: Kind
) -> None:
    source = Paged(server, kind, 30)
    # From the third page it leads to the second, and so on for ever.
    source.lead = lambda start: start if start < 30 else 10
    if kind.rules["kind"] == "after_id":
        source.rows[29] = source.rows[9]
    connector = paged(connect, kind)
    ids_of(connector)
    assert not connector.proof.complete
    assert len(server.asked) <= 4


def changed_answer(server: HostileServer, change: Callable[[Json], Any]) -> None:
    script = server.script

    def altered(asked: Asked) -> Say:
        said = script(asked)
        return say(change(json.loads(said.body)), **said.headers)

    server.script = altered


WITHOUT_END: dict[str, tuple[str, Callable[[Json], Any], str]] = {
    "more without a cursor": (
        "cursor_body in the body, with a word about more",
        lambda body: {**body, "more": True, "next": None},
        "says that there is more, but not where",
    ),
    "a cursor that is none": (
        "cursor_body in the query",
        lambda body: {**body, "paging": {"next": {"after": 1}}},
        "neither text nor a number",
    ),
    "more without rows": (
        "after_id",
        lambda _body: {"data": [], "has_more": True},
        "no id of this page leads on",
    ),
    "no word about more": (
        "after_id",
        lambda body: {"data": body["data"]},
        "does not say whether there is more",
    ),
    "not done without a link": (
        "next_link_body",
        lambda body: {"data": body["data"], "done": False},
        "says that there is more, but not where",
    ),
    "nothing before the total is reached": (
        "offset_limit until the total",
        lambda _body: {"data": [], "total": 25},
        "does not say that it is the last one",
    ),
}


@pytest.mark.parametrize(("name", "change", "reason"), WITHOUT_END.values(), ids=WITHOUT_END.keys())
def test_an_end_that_is_not_proved_makes_the_listing_incomplete(
    server: HostileServer, connect: Connect, name: str, change: Callable[[Json], Any], reason: str
) -> None:
    Paged(server, KINDS[name], 25)
    changed_answer(server, change)
    connector = paged(connect, KINDS[name])
    ids_of(connector)
    assert not connector.proof.complete
    assert any(reason in told for told in connector.proof.reasons)


@pytest.mark.parametrize("name", ["next_link_body", "link_header", "header_token with an address"])
def test_no_kind_of_link_leads_to_another_host(
    server: HostileServer, other_server: HostileServer, connect: Connect, name: str
) -> None:
    kind = KINDS[name]
    elsewhere = f"{other_server.url}/list"
    bodies = {"next_link_body": {"data": offerings(10), "next": elsewhere, "done": False}}
    headers = {
        "link_header": {"Link": f"<{elsewhere}>; rel=next"},
        "header_token with an address": {"Next-Page": elsewhere},
    }
    server.script = lambda _asked: say(bodies.get(name, offerings(10)), **headers.get(name, {}))
    with pytest.raises(FatalError, match=r"the way to page 2: it points to another host"):
        ids_of(paged(connect, kind))
    assert (len(server.asked), other_server.asked) == (1, [])


def test_a_cursor_that_is_not_text_is_sent_as_it_was(server: HostileServer, connect: Connect) -> None:
    kind = Kind({"kind": "cursor_body", "next": "next", "param": "after"}, asked_for("after"), KINDS["after_id"].answer)
    answers = [say({"data": offerings(2), "next": '["a&b=c","é"]'}), say({"data": []})]
    server.answers(*answers)
    assert len(ids_of(paged(connect, kind))) == 2
    assert server.asked[1].query["after"] == '["a&b=c","é"]'


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("", None),
        ("</a>", None),
        ("</a>; rel=prev", None),
        ('</a>; rel="next"', "/a"),
        ("</a>; REL=NEXT", "/a"),
        ("</a> ; title=\"b, <c>; rel=next\"; rel=prev, </d>;rel='x'", None),
        ("</a>; rel=prev, </b,c>; rel=next", "/b,c"),
        ('</a>; rel="prefetch next"; x', "/a"),
        ("nonsense", None),
    ],
)
def test_the_next_page_is_found_among_all_links(header: str, address: str | None) -> None:
    assert next_of({"link": header}) == address


@pytest.mark.parametrize(
    "link", ['http://x/?page=2; rel="next"', '<{url}/?page=2; rel="next"', "rel=next", '</a>; rel="next']
)
def test_a_header_link_that_cannot_be_read_proves_no_end(server: HostileServer, connect: Connect, link: str) -> None:
    server.answers(Say(body=json.dumps(offerings(10)).encode(), headers={"Link": link.replace("{url}", server.url)}))
    connector = connect(preset=changed(load_preset("tmf620"), paging={"kind": "link_header"}))

    assert len(ids_of(connector)) == 10
    assert connector.proof.reasons == ("after page 1, the source gives a header Link that cannot be read",)


@pytest.mark.parametrize("odd", [{"href": "/more"}, 2, True, ["/more"]])
def test_a_next_link_that_is_no_text_proves_no_end(server: HostileServer, connect: Connect, odd: object) -> None:
    server.answers(Say(body=json.dumps({"results": offerings(10), "next": odd}).encode()))
    connector = connect(preset=changed(load_preset("tmf620"), paging={"kind": "next_link_body", "next": "next"}))

    assert len(ids_of(connector)) == 10
    assert not connector.proof.complete
