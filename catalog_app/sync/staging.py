"""Fetch and stage: pages are read with no lock held, and what differs is kept as rows of the run."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import CatalogError, MappingError, RuleError
from catalog_app.core.json_values import as_json
from catalog_app.core.strict_json import storable
from catalog_app.core.text import MAX_EXACT
from catalog_app.products.models import Product
from catalog_app.products.schema import ProductInput
from catalog_app.sync.connectors.connector import Connector, MappedRecord, RawRecord, RecordPage, RejectedRecord
from catalog_app.sync.connectors.records import TWICE, Decision, decide
from catalog_app.sync.lease import Claim, hold
from catalog_app.sync.models import SET_ASIDE, STAGED, SyncChange, SyncRun


@dataclass(frozen=True)
class Known:
    """What the fetch needs to know of a product that is already here."""

    id: int
    source_hash: str
    source_updated_at: datetime | None
    remap_at: datetime | None
    is_missing: bool
    is_deleted: bool

    def needs_nothing(self, record: RawRecord, now: datetime) -> bool:
        """Return whether the record says what it said before, and would still be read the same way."""
        same = self.source_hash == record.source_hash and (self.remap_at is None or self.remap_at > now)
        return self.is_deleted or (same and not self.is_missing)


class CancelledError(CatalogError):
    """A person stopped the run; nothing was applied."""


class Staging:
    """Takes the pages of one run. Afterwards `seen` holds the ids of the products that the listing showed."""

    def __init__(self, run_id: int, claim: Claim, map_record: Callable[[RawRecord], MappedRecord]) -> None:
        self._run_id = run_id
        self._claim = claim
        self._map = map_record
        self._refused: set[str] = set()
        self.seen: set[int] = set()
        self.defaults_taken: Counter[str] = Counter()

    def take_all(self, connector: Connector) -> None:
        """Stage every page of the listing. Raises what the connector raises, and CancelledError."""
        for page in connector.pages():
            self.take(page)

    def take(self, page: RecordPage) -> None:
        """Stage one page and its progress in one short transaction."""
        with writing() as session:
            hold(session, self._claim)
            run = session.get_one(SyncRun, self._run_id)
            if run.cancel_requested:
                raise CancelledError("The run was cancelled; nothing was applied.")
            known = _known(session, self._claim.system, [record.external_id for record in page.records])
            # A record that cannot be used was still seen: its product is not gone.
            rejected_ids = [record.external_id for record in page.rejected if record.external_id is not None]
            self.seen.update(product.id for product in _known(session, self._claim.system, rejected_ids).values())
            self.seen.update(product.id for product in known.values())
            self._stage_all(session, run, page, known)
            run.pages = page.number
            run.fetched += page.received
            run.expected_total = page.expected_total
            run.bytes += page.bytes
            run.retries += page.retries

    def _stage_all(self, session: Session, run: SyncRun, page: RecordPage, known: Mapping[str, Known]) -> None:
        now = utcnow()
        for rejected in page.rejected:
            session.add(self._set_aside(rejected))
            run.rejected += 1
        for record in self._settled(session, run, page, known):
            product = known.get(record.external_id)
            if product is not None and product.needs_nothing(record, now):
                run.same += 1
                run.unchanged += 1
                continue
            change = self._staged(record, product)
            session.add(change)
            run.rejected += change.kind == SET_ASIDE

    def _settled(
        self, session: Session, run: SyncRun, page: RecordPage, known: Mapping[str, Known]
    ) -> Iterator[RawRecord]:
        """Yield the records to stage, after settling those whose id an earlier page had too."""
        earlier = _staged_before(session, run, page.seen_before)
        for record in page.records:
            name = record.external_id
            first = earlier.get(name) or known.get(name)
            if name not in page.seen_before:
                yield record
            elif name in self._refused or first is None:
                session.add(self._set_aside(_twin(record)))
                run.rejected += 1
            else:
                yield from self._second(session, run, record, first)

    def _second(
        self, session: Session, run: SyncRun, record: RawRecord, first: SyncChange | Known
    ) -> Iterator[RawRecord]:
        decision = decide(_Sighted(first.source_hash or "", first.source_updated_at), record)
        if decision is Decision.KEEP_FIRST:
            return
        if isinstance(first, SyncChange):
            run.rejected -= first.kind == SET_ASIDE
            session.delete(first)
            session.flush()
        else:
            run.same -= 1
            run.unchanged -= 1
        if decision is Decision.TAKE_SECOND:
            yield record
            return
        self._refused.add(record.external_id)
        session.add_all([self._set_aside(_twin(record)), self._set_aside(_twin(record))])
        run.rejected += 2

    def _staged(self, record: RawRecord, product: Known | None) -> SyncChange:
        change = SyncChange(
            run_id=self._run_id,
            kind=STAGED,
            external_product_id=record.external_id,
            product_id=product.id if product else None,
            raw=_storable(record.raw),
            source_hash=record.source_hash,
            source_updated_at=record.source_updated_at,
        )
        try:
            mapped = self._map(record)
            change.said = said(mapped.values)
            change.name, change.remap_at = change.said["name"], mapped.remap_at
            self.defaults_taken.update(mapped.defaults_taken)
        except MappingError as error:
            change.kind, change.field, change.reason = SET_ASIDE, error.field, error.message
        except RuleError as error:
            change.kind = SET_ASIDE
            change.field, change.reason = next(iter(error.errors.items()))
        return change

    def _set_aside(self, rejected: RejectedRecord) -> SyncChange:
        return SyncChange(
            run_id=self._run_id,
            kind=SET_ASIDE,
            # One row a run and id: a rejected twin is told by its name and its raw record.
            external_product_id=None,
            name=rejected.external_id,
            field=rejected.field,
            reason=rejected.reason,
            raw=_storable(rejected.raw),
        )


@dataclass(frozen=True)
class _Sighted:
    source_hash: str
    source_updated_at: datetime | None


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the source says of a product as JSON values, checked; only the fields it speaks of."""
    checked = ProductInput.check(values).values()
    return {field: as_json(checked[field]) for field in values if field in checked}


def _known(session: Session, system: str, external_ids: Iterable[str]) -> dict[str, Known]:
    """Return what of a page is already here; only the columns that tell whether a record has changed."""
    query = select(
        Product.external_product_id,
        Product.id,
        Product.source_hash,
        Product.source_updated_at,
        Product.remap_at,
        Product.missing_since,
        Product.deleted_at,
    ).where(Product.external_system == system, Product.external_product_id.in_(list(external_ids)))
    return {
        row.external_product_id: Known(
            id=row.id,
            source_hash=row.source_hash or "",
            source_updated_at=row.source_updated_at,
            remap_at=row.remap_at,
            is_missing=row.missing_since is not None,
            is_deleted=row.deleted_at is not None,
        )
        for row in session.execute(query)
    }


def _staged_before(session: Session, run: SyncRun, external_ids: Iterable[str]) -> dict[str, SyncChange]:
    wanted = list(external_ids)
    if not wanted:
        return {}
    query = select(SyncChange).where(SyncChange.run_id == run.id, SyncChange.external_product_id.in_(wanted))
    return {change.external_product_id or "": change for change in session.scalars(query)}


def _twin(record: RawRecord) -> RejectedRecord:
    return RejectedRecord(record.external_id, "external_product_id", TWICE, record.raw)


def _storable(raw: Any) -> dict[str, Any]:
    """Return the raw record as JSON that both databases take, for people to look at."""
    safe = _plain_numbers(storable(raw))
    return safe if isinstance(safe, dict) else {"record": safe}


def _plain_numbers(value: Any) -> Any:
    """Keep every digit: a number that JSON readers would round becomes its text."""
    if isinstance(value, dict):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    if isinstance(value, Decimal) or (isinstance(value, int) and abs(value) > MAX_EXACT):
        return str(value)
    return value
