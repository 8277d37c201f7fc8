"""Everybody who writes and reads at once, on nodes as in production, and what the database says of it at the end."""

import threading
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks.torture.callers import Caller, NoAnswerError, Tally
from benchmarks.torture.ground import Ground
from benchmarks.torture.nodes import Node
from benchmarks.torture.writers import Decider, Editor, Engine, Maker, Postman, Reader, Writer
from benchmarks.triggers import CAMPAIGN, PRODUCT
from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.db import db
from catalog_app.products.service import ProductCatalogService

ACTOR = "user:torture@operator.example"
SCOPES = (
    "products:read", "products:write", "campaigns:trigger", "nbo:read", "nbo:write", "ml:read", "sync:run", "sync:approve",
)  # fmt: skip
_MANY = 10_000_000


@dataclass
class Load:
    """Threads that do one thing after another until they are told to end."""

    there: Ground
    writers: Sequence[Writer]
    tally: Tally
    campaign_id: int
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        self._threads = [threading.Thread(target=self._work, args=(one,), daemon=True) for one in self.writers]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let each finish what it is at, and learn what became of what nobody answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def of(self, kind: type[Any]) -> list[Any]:
        return [writer for writer in self.writers if type(writer) is kind]

    def _work(self, writer: Writer) -> None:
        try:
            while not self._stop.is_set():
                try:
                    writer.step()
                except NoAnswerError:
                    continue
            writer.finish()
        except Exception:  # noqa: BLE001  # whatever it is, it is a finding
            self.tally.fault(f"{writer.name} broke: {traceback.format_exc(limit=-3)}")


@contextmanager
def load(
    there: Ground, nodes: Sequence[Node], *, crowd: int = 2, ready: tuple[int, list[int], str] | None = None
) -> Iterator[Load]:
    """Prepare what is written to, unless it is `ready`, and let them begin: `crowd` of each kind.

    They have ended where the `with` is left.
    """
    campaign_id, products, token = ready or prepared(there, crowd)
    tally = Tally()

    def caller() -> Caller:
        ports = [node.port for node in nodes]
        there.chance.shuffle(ports)
        return Caller(ports, token, tally, there.chance)

    writers: list[Writer] = []
    for number in range(crowd):
        writers += [
            Maker(f"made-{number}", caller()),
            Editor(f"edited-{number}", caller(), products[number]),
            Decider(f"decided-{number}", caller()),
            Engine(f"event-{number}", caller(), campaign_id),
            Reader(f"reader-{number}", caller()),
        ]
    writers.append(Postman("postman", caller()))
    everybody = Load(there, writers, tally, campaign_id)
    everybody.begin()
    try:
        yield everybody
    finally:
        everybody.end()


@dataclass(frozen=True)
class Counted:
    """How much of one kind was acknowledged, and what of it is not in the database or stands in it twice."""

    kind: str
    acknowledged: int
    lost: Sequence[str]
    doubled: Sequence[str]


def counted(everybody: Load) -> list[Counted]:
    """Hold what was acknowledged against the database."""
    return [*_products(everybody), *_edits(everybody), *_decisions(everybody), *_deliveries(everybody)]


def _products(everybody: Load) -> Iterator[Counted]:
    rows = everybody.there.rows("SELECT name, id FROM product WHERE name LIKE 'made-%'")
    there, times = {row.name: row.id for row in rows}, Counter(row.name for row in rows)
    made = {name: number for maker in everybody.of(Maker) for name, number in maker.made.items()}
    yield _compared("products", made, there, times)


def _edits(everybody: Load) -> Iterator[Counted]:
    lost, doubled, saved = [], [], 0
    for editor in everybody.of(Editor):
        revisions = everybody.there.rows(
            "SELECT version, changes FROM revision WHERE subject_type = 'product' AND subject_id = :id ORDER BY id",
            id=editor.product_id,
        )
        said = [(version, _as_json(changes).get("description", [None, None])[1]) for version, changes in revisions]
        versions = [version for version, _ in said]
        texts = Counter(text for _, text in said if text is not None)
        saved += len(editor.saved)
        lost += [f"{editor.name} {version}" for version, text in editor.saved.items() if (version, text) not in said]
        doubled += [text for text, times in texts.items() if times > 1]
        now = everybody.there.rows("SELECT version, description FROM product WHERE id = :id", id=editor.product_id)[0]
        if versions != list(range(1, len(versions) + 1)) or (now[0], now[1]) != (versions[-1], said[-1][1]):
            lost.append(f"{editor.name}: the history does not lead to {now}")
    yield Counted("edits", saved, lost, doubled)


def _decisions(everybody: Load) -> Iterator[Counted]:
    rows = everybody.there.rows("SELECT context, id FROM nbo_decision")
    deciders = everybody.of(Decider)
    decided = {name: number for one in deciders for name, number in one.decided.items()}
    yield _compared("decisions", decided, dict(rows), Counter(name for name, _ in rows))
    events = Counter(row[0] for row in everybody.there.rows("SELECT event_id FROM nbo_event"))
    yield _compared("feedback", {name: 1 for one in deciders for name in one.told}, dict.fromkeys(events, 1), events)


def _deliveries(everybody: Load) -> Iterator[Counted]:
    rows = everybody.there.rows("SELECT key, id FROM delivery")
    delivered = {key: number for engine in everybody.of(Engine) for key, number in engine.delivered.items()}
    yield _compared("triggers", delivered, dict(rows), Counter(key for key, _ in rows))
    promised = everybody.there.one("SELECT promised FROM campaign WHERE id = :id", id=everybody.campaign_id)
    standing = everybody.there.one(
        "SELECT count(*) FROM delivery WHERE status IN ('waiting', 'leased', 'sent', 'dead')"
    )
    sent = {row[0] for row in everybody.there.rows("SELECT id FROM delivery WHERE status = 'sent'")}
    postmen = everybody.of(Postman)
    lost = [str(number) for one in postmen for number in one.sent - sent]
    if promised != standing:
        lost.append(f"the campaign counts {promised} promises, and {standing} stand")
    twice = sum((one.fetched for one in postmen), Counter[int]())
    doubled = [f"delivery {number} was fetched {times} times" for number, times in twice.items() if times > 1]
    yield Counted("messages sent", sum(len(one.sent) for one in postmen), lost, doubled)


def _compared(kind: str, acknowledged: dict[str, int], there: dict[str, int], times: Counter[str]) -> Counted:
    lost = [
        f"{name}: {number}, there {there.get(name)}"
        for name, number in acknowledged.items()
        if there.get(name) != number
    ]
    return Counted(kind, len(acknowledged), lost, [name for name, many in times.items() if many > 1])


def _as_json(changes: Any) -> Any:
    return orjson.loads(changes) if isinstance(changes, str | bytes) else changes


def prepared(there: Ground, crowd: int) -> tuple[int, list[int], str]:
    """Return a campaign that runs, a product for each editor, and a token that may do everything."""
    with there.app().app_context():
        catalog, campaigns = ProductCatalogService(), CampaignService()
        offered = catalog.create(PRODUCT, actor=ACTOR)
        own = [catalog.create({**PRODUCT, "name": f"Edited {number}"}, actor=ACTOR).id for number in range(crowd)]
        values = {**CAMPAIGN, "product_id": offered.id, "limit_total": _MANY, "quiet_from": None, "quiet_to": None}
        campaign_id = campaigns.create(values, actor=ACTOR).id
        campaigns.activate(campaign_id, actor=ACTOR)
        new = NewToken.model_validate({"name": "torture", "scopes": SCOPES, "expires_at": None})
        _, token = tokens.create(new, actor=ACTOR)
        db.session.remove()
        db.engine.dispose()
    return campaign_id, own, token
