"""Fetch and stage: pages are read with no lock held, and what differs is kept as rows of the run."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.db import writing
from catalog_app.core.errors import CatalogError, MappingError, RuleError
from catalog_app.core.json_values import as_json
from catalog_app.products.models import Product
from catalog_app.products.schema import ProductInput
from catalog_app.sync.connectors.connector import Connector, MappedRecord, RawRecord, RecordPage, RejectedRecord
from catalog_app.sync.lease import Claim, hold
from catalog_app.sync.models import SyncChange, SyncRun

STAGED = "staged"


@dataclass(frozen=True)
class Known:
    """What the fetch needs to know of a product that is already here."""

    id: int
    source_hash: str | None
    is_missing: bool
    is_deleted: bool


class CancelledError(CatalogError):
    """A person stopped the run; nothing was applied."""


class Staging:
    """Takes the pages of one run. Afterwards `seen` holds the ids of the products that the listing showed."""

    def __init__(self, run_id: int, claim: Claim, map_record: Callable[[RawRecord], MappedRecord]) -> None:
        self._run_id = run_id
        self._claim = claim
        self._map = map_record
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
            known = _known(session, self._claim.system, (record.external_id for record in page.records))
            staged = [change for record in page.records if (change := self._stage(record, known)) is not None]
            session.add_all([*staged, *(self._set_aside(rejected) for rejected in page.rejected)])
            run.pages = page.number
            run.fetched += page.received
            run.expected_total = page.expected_total
            run.bytes += page.bytes
            run.retries += page.retries
            run.unchanged += len(page.records) - len(staged)
            run.rejected += len(page.rejected) + sum(change.kind == "rejected" for change in staged)

    def _stage(self, record: RawRecord, known: Mapping[str, Known]) -> SyncChange | None:
        product = known.get(record.external_id)
        if product is not None:
            self.seen.add(product.id)
            if product.is_deleted or (product.source_hash == record.source_hash and not product.is_missing):
                return None
        change = SyncChange(
            run_id=self._run_id,
            kind=STAGED,
            external_product_id=record.external_id,
            product_id=product.id if product else None,
            raw=_plain(record.raw),
            source_hash=record.source_hash,
            source_updated_at=record.source_updated_at,
        )
        try:
            mapped = self._map(record)
            change.said = said(mapped.values)
            change.name = change.said["name"]
            self.defaults_taken.update(mapped.defaults_taken)
        except MappingError as error:
            change.kind, change.field, change.reason = "rejected", error.field, error.message
        except RuleError as error:
            change.kind = "rejected"
            change.field, change.reason = next(iter(error.errors.items()))
        return change

    def _set_aside(self, rejected: RejectedRecord) -> SyncChange:
        return SyncChange(
            run_id=self._run_id,
            kind="rejected",
            # A rejected twin keeps its id in the raw record only: one row a run and id.
            external_product_id=None,
            name=rejected.external_id,
            field=rejected.field,
            reason=rejected.reason,
            raw=_plain(rejected.raw),
        )


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
        Product.missing_since.is_not(None),
        Product.deleted_at.is_not(None),
    ).where(Product.external_system == system, Product.external_product_id.in_(list(external_ids)))
    return {external_id: Known(*facts) for external_id, *facts in session.execute(query)}


def _plain(raw: Any) -> dict[str, Any]:
    """Return the raw record as JSON that both databases take, for people to look at."""
    value = raw if isinstance(raw, dict) else {"record": raw}
    return {str(key): _safe(item) for key, item in value.items()}


def _safe(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _safe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_safe(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    return str(value) if not isinstance(value, bool | int | None) or abs(value or 0) > 2**53 else value
