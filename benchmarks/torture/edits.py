"""`edits`: 160 edits of one product at the same time, over HTTP to three processes; none is lost."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus

from benchmarks.torture.callers import Caller, Tally
from benchmarks.torture.ground import Finding, ground
from benchmarks.torture.load import prepared
from benchmarks.triggers import PRODUCT

EDITS = 160
PEOPLE = 16


def edits(database: str) -> Iterator[Finding]:
    """Edit one product on the version that was read, trying again where it moved; another one without a version."""
    with ground(database, []) as there:
        _, products, token = prepared(there, 2)
        node, tally = there.node(SCHEDULER_ENABLED="false"), Tally()
        people = [Caller([node.port], token, tally, there.chance) for _ in range(PEOPLE)]
        for product, edit in zip(products, (_on_a_version, _blindly), strict=True):
            path = f"/products/{product}/"
            with ThreadPoolExecutor(PEOPLE) as threads:
                # Each person asks one thing after another, on a connection of their own.
                list(threads.map(partial(_turns, people, edit, path), range(PEOPLE)))
            lost = EDITS - len(people[0].settled("GET", path).json["features"].keys() - PRODUCT_FEATURES)
            moved = tally.statuses[HTTPStatus.PRECONDITION_FAILED]
            how, told = (
                ("on the version that was read", f", {moved} times it had moved")
                if edit is _on_a_version
                else ("without a version", "")
            )
            yield Finding(f"{EDITS} edits of one product at once, {how}, {database}", f"{lost} lost{told}", lost == 0)
            version = there.one("SELECT version FROM product WHERE id = :id", id=product)
            revisions = there.one(_REVISIONS, id=product)
            yield Finding("... the audit", f"{revisions} revisions", version == revisions == EDITS + 1)


_REVISIONS = "SELECT count(*) FROM revision WHERE subject_type = 'product' AND subject_id = :id"
PRODUCT_FEATURES = PRODUCT["features"].keys()  # type: ignore[attr-defined]


def _turns(people: Sequence[Caller], edit: Callable[[Caller, str, int], None], path: str, person: int) -> None:
    for turn in range(person, EDITS, PEOPLE):
        edit(people[person], path, turn)


def _on_a_version(caller: Caller, path: str, turn: int) -> None:
    while True:
        tag = caller.settled("GET", path).headers["etag"]
        told = caller.ask("PATCH", path, {"features": {f"edit_{turn}": turn}}, If_Match=tag)
        if told.status == HTTPStatus.OK:
            return
        assert told.status == HTTPStatus.PRECONDITION_FAILED, told


def _blindly(caller: Caller, path: str, turn: int) -> None:
    told = caller.ask("PATCH", path, {"features": {f"edit_{turn}": turn}})
    assert told.status == HTTPStatus.OK, told
