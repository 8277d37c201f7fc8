"""Fetch and stage: pages are read, compared and decided with no lock held; what differs is kept as rows of the run."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import json_text
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError, MappingError, RuleError
from catalog_app.products.schema import ProductInput
from catalog_app.sync.connectors.connector import MappedRecord, RawRecord, RecordPage, RejectedRecord
from catalog_app.sync.connectors.records import CONTRADICTIONS, TWICE, TWICE_ONE_KNOWN, Decision
from catalog_app.sync.connectors.records import decide as settle
from catalog_app.sync.models import SET_ASIDE, ExternalSystem, SyncChange, SyncRun
from catalog_app.sync.planning.change_rows import ChangeRows, Staged, raw_text
from catalog_app.sync.planning.deciding import (
    SAYS_DELETED,
    Decided,
    Standing,
    decide,
    is_due,
    standing_by_name,
    withdraw,
)
from catalog_app.sync.planning.high_water import HighWaterMark
from catalog_app.sync.planning.known import Known, known_products
from catalog_app.sync.planning.seen import SeenProducts
from catalog_app.sync.planning.twins import Sighted, staged_before, staged_twin, twin
from catalog_app.sync.runs.lease import Claim, hold

Change = tuple[Staged, Decided]


class CancelledError(CatalogError):
    """A person stopped the run; nothing was applied."""


@dataclass
class _Found:
    """What became of a page: the rows to keep, and what is only counted."""

    changes: list[Change] = field(default_factory=list)
    same: int = 0
    reordered: int = 0
    not_due: int = 0

    @property
    def rejected(self) -> int:
        return sum(decided.kind == SET_ASIDE for _, decided in self.changes)


class Staging:
    """Takes the pages of one run. Afterwards `seen` holds the products that the listing showed."""

    def __init__(self, run_id: int, claim: Claim, map_record: Callable[[RawRecord], MappedRecord]) -> None:
        self._run_id = run_id
        self._claim = claim
        self._map = map_record
        self._refused: set[str] = set()
        self._mark = HighWaterMark(utcnow())
        self._due: _Due | None = None
        self.seen = SeenProducts()
        self.defaults_taken: Counter[str] = Counter()

    @property
    def high_water_mark(self) -> datetime | None:
        """Up to when the source has been read: a record that was left or set aside is read again from there."""
        return self._mark.value

    def take(self, page: RecordPage) -> None:
        """Stage one page and its progress. It is decided first; the transaction that writes it is short."""
        found = self._decided(page)
        with writing() as session:
            hold(session, self._claim)
            run = session.get_one(SyncRun, self._run_id)
            if run.cancel_requested:
                raise CancelledError("The run was cancelled; nothing was applied.")
            self._settle_twins(session, run, page, found)
            ChangeRows(session.connection(), self._run_id).insert(found.changes)
            run.pages = page.number
            run.fetched += page.received
            run.expected_total = page.expected_total
            run.bytes += page.bytes
            run.retries += page.retries
            run.same += found.same
            run.unchanged += found.same
            run.reordered += found.reordered
            run.not_due += found.not_due
            run.rejected += found.rejected
            run.high_water_mark = self._mark.value

    def _decided(self, page: RecordPage) -> _Found:
        """Compare the page with what is here, and decide what differs. Reads only."""
        session = db.session()
        session.rollback()
        system, found = self._claim.system, _Found()
        self._due = self._due or _Due.of(session, self._run_id)
        names = [record.external_id for record in page.records]
        # A record that cannot be used was still seen: its product is not gone.
        names += [rejected.external_id for rejected in page.rejected if rejected.external_id is not None]
        known = known_products(session.connection(), system, names, now=utcnow())
        self.seen.add_all([product.id for product in known.values()])
        differing = list(self._differing(page, known, found))
        self._stage(session, differing, found)
        for rejected in page.rejected:
            found.changes.append(self._set_aside(rejected))
        session.rollback()
        return found

    def _differing(self, page: RecordPage, known: Mapping[str, Known], found: _Found) -> Iterator[RawRecord]:
        seen_before, get = page.seen_before, known.get
        self._mark.saw_all(page.records)
        for record in page.records:
            if record.external_id in seen_before:
                continue
            product = get(record.external_id)
            if product is None:
                yield record
            elif product.is_as_sent(record):
                found.same += 1
            elif product.says_the_same(record):
                found.same += 1
                found.reordered += 1
            else:
                yield record

    def _stage(self, session: Session, records: Sequence[RawRecord], found: _Found) -> None:
        """Decide what differs, and leave out what a scheduled run may not touch yet."""
        due = self._due
        names = [record.external_id for record in records]
        products = standing_by_name(session, self._claim.system, names)
        for record in records:
            product = products.get(record.external_id)
            if due is not None and not due.covers(product):
                found.not_due += 1
                self._mark.left(record.source_updated_at)
            elif (change := self._change(record, product)) is not None:
                found.changes.append(change)
            else:
                found.same += 1

    def _change(self, record: RawRecord, product: Standing | None) -> Change | None:
        """Return what a record that differs comes to; None where its source says that it is gone, as it is here."""
        if record.is_deleted and not record.fault:
            decided = withdraw(product, now=utcnow(), reason=SAYS_DELETED)
            return (self._staged(record, product.name if product else None), decided) if decided else None
        try:
            mapped = self._map(record)
            says = said(mapped.values)
        except MappingError as error:
            return self._faulty(record, product, error.field, error.message)
        except RuleError as error:
            return self._faulty(record, product, *next(iter(error.errors.items())))
        self.defaults_taken.update(mapped.defaults_taken)
        decided = decide(says, product)
        if decided.kind == SET_ASIDE:
            self._mark.left(record.source_updated_at)
        return self._staged(record, says["name"], json_text(says), mapped.remap_at), decided

    def _faulty(self, record: RawRecord, product: Standing | None, field: str, reason: str) -> Change:
        self._mark.left(record.source_updated_at)
        return self._staged(record, None), Decided(
            SET_ASIDE, product.id if product else None, field=field, reason=reason
        )

    @staticmethod
    def _staged(
        record: RawRecord, name: str | None, says: str | None = None, remap_at: datetime | None = None
    ) -> Staged:
        return Staged(
            external_product_id=record.external_id,
            name=name,
            said=says,
            raw=raw_text(record.raw),
            source_hash=record.source_hash,
            source_updated_at=record.source_updated_at,
            remap_at=remap_at,
        )

    def _set_aside(self, rejected: RejectedRecord) -> Change:
        self._mark.left(rejected.source_updated_at)
        # One row a run and id: a rejected twin is told by its name and its raw record.
        staged = Staged(None, rejected.external_id, said=None, raw=raw_text(rejected.raw))
        return staged, Decided(SET_ASIDE, field=rejected.field, reason=rejected.reason)

    # Records whose id an earlier page had too

    def _settle_twins(self, session: Session, run: SyncRun, page: RecordPage, found: _Found) -> None:
        self._refuse_first(session, run, page, found)
        twins = [record for record in page.records if record.external_id in page.seen_before]
        if not twins:
            return
        names = [record.external_id for record in twins]
        earlier = staged_before(session, run, names)
        products = standing_by_name(session, self._claim.system, names)
        taken: list[RawRecord] = []
        for record in twins:
            name = record.external_id
            first = earlier.get(name) or products.get(name)
            if self._due is not None and not self._due.covers(products.get(name)):
                self._mark.left(record.source_updated_at)
            elif name in self._refused or first is None:
                found.changes.append(self._set_aside(twin(record)))
            else:
                taken += self._second(session, run, record, first, found)
        self._stage(session, taken, found)

    def _second(
        self, session: Session, run: SyncRun, record: RawRecord, first: SyncChange | Standing, found: _Found
    ) -> Iterable[RawRecord]:
        decision = settle(Sighted(first.source_hash or "", first.source_updated_at), record)
        if decision is Decision.KEEP_FIRST:
            return ()
        if decision is Decision.REJECT_BOTH:
            self._refused.add(record.external_id)
            if isinstance(first, SyncChange):
                found.changes.append(self._set_aside(staged_twin(first)))
            reason = TWICE if isinstance(first, SyncChange) else TWICE_ONE_KNOWN
            found.changes.append(self._set_aside(twin(record, reason)))
        self._take_back(session, run, first, found)
        return (record,) if decision is Decision.TAKE_SECOND else ()

    def _refuse_first(self, session: Session, run: SyncRun, page: RecordPage, found: _Found) -> None:
        """Set aside what an earlier page had of ids that contradict themselves on this one: nobody knows what is so."""
        contradicting = {row.external_id for row in page.rejected if row.external_id and row.reason in CONTRADICTIONS}
        names = sorted((contradicting & page.seen_before) - self._refused)
        self._refused |= contradicting
        if not names:
            return
        earlier = staged_before(session, run, names)
        products = standing_by_name(session, self._claim.system, names)
        for name in names:
            product = products.get(name)
            first = earlier.get(name) or product
            if first is None or (self._due is not None and not self._due.covers(product)):
                continue
            if isinstance(first, SyncChange):
                found.changes.append(self._set_aside(staged_twin(first)))
            self._take_back(session, run, first, found)

    @staticmethod
    def _take_back(session: Session, run: SyncRun, first: SyncChange | Standing, found: _Found) -> None:
        """Forget what an earlier page brought of an id: its row, or that it was the same as before."""
        if isinstance(first, SyncChange):
            run.rejected -= first.kind == SET_ASIDE
            session.delete(first)
            session.flush()
        else:
            found.same -= 1


@dataclass(frozen=True)
class _Due:
    """Which products a run may touch: all of them, or those of the frequencies that are due."""

    of_system: str
    frequencies: list[str] | None

    @classmethod
    def of(cls, session: Session, run_id: int) -> "_Due":
        query = (
            select(ExternalSystem.sync_frequency, SyncRun.frequencies)
            .join(SyncRun, SyncRun.external_system == ExternalSystem.key)
            .where(SyncRun.id == run_id)
        )
        of_system, frequencies = session.execute(query).one()
        return cls(of_system, frequencies)

    def covers(self, product: Standing | None) -> bool:
        own = product.sync_frequency if product is not None else None
        return is_due(own, of_system=self.of_system, frequencies=self.frequencies)


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the source says of a product as JSON values, checked; only the fields it speaks of."""
    return ProductInput.check(values).said(values)
