"""Records of one id on two pages of a listing: how the first stands, and how one of two that contradict is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.sync.connectors.records import TWICE, RawRecord, RejectedRecord
from catalog_app.sync.models import SyncChange, SyncRun


@dataclass(frozen=True)
class Sighted:
    """The first record of an id, as far as it is still known."""

    source_hash: str
    source_updated_at: datetime | None


def staged_before(session: Session, run: SyncRun, names: Sequence[str]) -> dict[str, SyncChange]:
    """Return the rows that earlier pages of the run brought, by external id."""
    query = select(SyncChange).where(SyncChange.run_id == run.id, SyncChange.external_product_id.in_(names))
    return {change.external_product_id or "": change for change in session.scalars(query)}


def twin(record: RawRecord, reason: str = TWICE) -> RejectedRecord:
    """Return a record that contradicts another of its id as one to set aside."""
    return RejectedRecord(record.external_id, "external_product_id", reason, record.raw, record.source_updated_at)


def staged_twin(first: SyncChange) -> RejectedRecord:
    """Return the first of two such records, as its row kept it, as one to set aside."""
    return RejectedRecord(first.external_product_id, "external_product_id", TWICE, first.raw, first.source_updated_at)
