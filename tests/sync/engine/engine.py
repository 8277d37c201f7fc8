"""A run without its source: records are handed over, and everything from staging on is the real thing."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.models import Product
from catalog_app.sync.connectors.connector import Connector, RecordPage, SourceConfig
from catalog_app.sync.connectors.preset import load_preset
from catalog_app.sync.connectors.records import settle
from catalog_app.sync.models import APPLIED, SyncChange, SyncRun
from catalog_app.sync.planning.guards import Guards, reasons_to_hold
from catalog_app.sync.planning.plan import count_plan, decide_again, moved_changes, plan_withdrawals, unseen
from catalog_app.sync.planning.staging import Staging
from catalog_app.sync.runs.apply import apply_plan
from catalog_app.sync.runs.layout import lay_out
from catalog_app.sync.runs.lease import Claim, give_back, take

SYSTEM = "xiva"


class Engine:
    """Plans and applies runs of Xiva, whose records come from the test."""

    def __init__(self) -> None:
        config = SourceConfig(key=SYSTEM, base_url="http://127.0.0.1:1", preset=load_preset("tmf620"))
        self._connector = Connector(config)

    def plan(
        self,
        offerings: Iterable[dict[str, Any]],
        *,
        deleted: Collection[str] = (),
        then: Iterable[Iterable[dict[str, Any]]] = (),
        full: bool = True,
        frequencies: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> SyncRun:
        """Return a planned run that has read one page of these offerings, and `then` more of them.

        Those of the first page that are in `deleted` bear a mark.
        """
        with writing() as session:
            run = SyncRun(
                external_system=SYSTEM, full=full, complete=True, requested_by="test", requested_at=utcnow(),
                started_at=utcnow(), since=since, frequencies=list(frequencies) if frequencies is not None else None,
            )  # fmt: skip
            session.add(run)
            session.flush()
            claim = take(session, SYSTEM, seconds=60, now=utcnow())
            assert claim is not None
        staging = Staging(run.id, claim, self._connector.map)
        seen: set[str] = set()
        for number, rows in enumerate([offerings, *then], start=1):
            staging.take(self._page(number, list(rows), deleted if number == 1 else (), seen))
        self._plan(run.id, staging, full=full)
        self._free(claim)
        return self.run(run.id)

    def apply(self, run: SyncRun, *, as_shown: bool = False) -> SyncRun:
        """Apply a planned run, laid out before its transaction as always."""
        now = utcnow()
        with closing(lay_out(db.session(), self.run(run.id), now=now)) as layout, writing() as session:
            apply_plan(session, session.get_one(SyncRun, run.id), now=now, as_shown=as_shown, layout=layout)
        return self.run(run.id)

    def sync(self, offerings: Iterable[dict[str, Any]], **how: Any) -> SyncRun:
        return self.apply(self.plan(offerings, **how))

    def ended(self, run: SyncRun) -> None:
        """Note of an applied run what a service would have noted of it."""
        with writing() as session:
            done = session.get_one(SyncRun, run.id)
            done.status, done.finished_at = APPLIED, utcnow()

    def run(self, run_id: int) -> SyncRun:
        db.session.rollback()
        return db.session.get_one(SyncRun, run_id, populate_existing=True)

    def changes(self, run: SyncRun) -> dict[str, SyncChange]:
        query = db.select(SyncChange).where(SyncChange.run_id == run.id).execution_options(populate_existing=True)
        return {change.external_product_id or f"#{change.id}": change for change in db.session.scalars(query)}

    def products(self) -> dict[str, Product]:
        db.session.rollback()
        query = db.select(Product).where(Product.external_system == SYSTEM).execution_options(populate_existing=True)
        return {product.external_product_id: product for product in db.session.scalars(query)}

    def _page(
        self, number: int, offerings: list[dict[str, Any]], deleted: Collection[str], seen: set[str]
    ) -> RecordPage:
        records = [self._connector.restore(row) for row in offerings]
        marked = [replace(record, is_deleted=record.external_id in deleted) for record in records]
        kept, rejected = settle(marked)
        names = {record.external_id for record in marked}
        before = frozenset(names & seen)
        seen |= names
        return RecordPage(
            number, tuple(kept), tuple(rejected), len(marked), None, bytes=0, retries=0, seen_before=before
        )

    @staticmethod
    def _plan(run_id: int, staging: Staging, *, full: bool) -> None:
        with writing() as session:
            run = session.get_one(SyncRun, run_id)
            run.high_water_mark = staging.high_water_mark
            ids = unseen(session, run, staging.seen) if full else ()
            absent = plan_withdrawals(session, run, ids, now=utcnow())
            decide_again(session, run, moved_changes(session, run))
            count_plan(session, run)
            run.held_because = list(reasons_to_hold(session, run, Guards(), absent=absent))

    @staticmethod
    def _free(claim: Claim) -> None:
        with writing() as session:
            give_back(session, claim)
