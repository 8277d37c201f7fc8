"""Trying rejected records again: mapped from what their source sent, without asking it anew."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, MappingError, Sentence
from catalog_app.core.strict_json import storable
from catalog_app.products.models import Product
from catalog_app.sync.connectors.connector import Connector, ListingProof, RawRecord, RecordPage, RejectedRecord
from catalog_app.sync.connectors.records import CONTRADICTIONS, settle
from catalog_app.sync.models import APPLIED, FILE, RETRY, SET_ASIDE, SyncChange, SyncRun
from catalog_app.sync.runs.states import LISTINGS, found_run

A_PAGE: Final = 500
_STAND_IN: Final = "\ufffd"
"""What strict_json.storable puts in the place of NUL and half characters."""


def retry_of(session: Session, run_id: int, *, actor: str) -> SyncRun:
    """Add a run that tries the rejected records of another again, and return it, queued.

    Raises ConflictError where nothing was rejected, the run did not come to its end, or a newer listing has shown
    the same records: then those count, and what was rejected of them.
    """
    run = found_run(session, run_id)
    if run.status != APPLIED:
        raise ConflictError(
            Sentence(
                "Run %(run)s was not applied, it is %(status)s; start a new run to read all again.",
                run=run_id,
                status=run.status,
            )
        )
    if run.origin == FILE:
        raise ConflictError(Sentence("A file is read once; correct its rows, and import it again."))
    if newer := session.scalars(_newer_listing(run)).first():
        raise ConflictError(
            Sentence("Run %(run)s has read everything since; try its rejected records again.", run=newer.id)
        )
    rejected = select(SyncChange.id).where(SyncChange.run_id == run_id, SyncChange.kind == SET_ASIDE)
    if session.scalars(rejected.limit(1)).first() is None:
        raise ConflictError(Sentence("Run %(run)s has no rejected records that could be tried again.", run=run_id))
    again = SyncRun(
        external_system=run.external_system,
        origin=RETRY,
        retry_of=run.id,
        full=False,
        requested_by=actor,
        requested_at=utcnow(),
    )
    session.add(again)
    session.flush()
    return again


class RetrySource:
    """The rejected records that a run tries again, as pages of records; mapped as the connector maps them now."""

    def __init__(self, run_id: int, connector: Connector) -> None:
        self._run_id = run_id
        self._connector = connector
        self.map = connector.map

    @property
    def proof(self) -> ListingProof:
        """All there was has been tried; it is no listing, so nothing follows from what is absent."""
        return replace(self._connector.proof, complete=True, reasons=())

    def pages(self) -> Iterator[RecordPage]:
        """Yield the records, the session being free between two pages.

        A record of a product that its source has changed since is left out: its time is over. One that contradicts
        others of its id is set aside again: no mapping tells which of them is right, only the source does.
        """
        seen: set[str] = set()
        number, last = 0, 0
        while chunk := _rejected_after(self._run_id, last):
            last, number = chunk[-1].id, number + 1
            records, refused = _restored(chunk, self._connector)
            current = _not_overtaken(self._run_id, records)
            contradictions = _contradictions(chunk)
            kept, contradicting = settle([record for record in current if record.external_id not in contradictions])
            again = [_set_aside_again(record, contradictions) for record in current]
            yield RecordPage(
                number=number,
                records=tuple(kept),
                rejected=(*refused, *contradicting, *filter(None, again)),
                received=len(current) + len(refused),
                expected_total=None,
                bytes=0,
                retries=0,
                seen_before=frozenset(record.external_id for record in current if record.external_id in seen),
            )
            seen |= {record.external_id for record in current}


def _newer_listing(run: SyncRun) -> Any:
    return (
        select(SyncRun)
        .where(
            SyncRun.external_system == run.external_system,
            SyncRun.id > run.id,
            SyncRun.status == APPLIED,
            SyncRun.full,
            SyncRun.origin.in_(LISTINGS),
        )
        .order_by(SyncRun.id.desc())
        .limit(1)
    )


def _rejected_after(run_id: int, last: int) -> Sequence[SyncChange]:
    session = db.session()
    session.rollback()
    retried = found_run(session, run_id).retry_of
    query = (
        select(SyncChange)
        .where(SyncChange.run_id == retried, SyncChange.kind == SET_ASIDE, SyncChange.id > last)
        .order_by(SyncChange.id)
        .limit(A_PAGE)
    )
    return session.scalars(query).all()


def _restored(
    chunk: Sequence[SyncChange], connector: Connector
) -> tuple[Sequence[RawRecord], Sequence[RejectedRecord]]:
    records: list[RawRecord] = []
    refused: list[RejectedRecord] = []
    for change in chunk:
        try:
            records.append(connector.restore(_as_it_came(change.raw)))
        except MappingError as error:
            refused.append(RejectedRecord(change.external_product_id, error.field, error.message, change.raw))
    return records, refused


def _contradictions(chunk: Sequence[SyncChange]) -> dict[str, str]:
    """Return why records contradict others, by their id; a rejected twin is told by its name."""
    return {change.name: change.reason for change in chunk if change.name and change.reason in CONTRADICTIONS}


def _set_aside_again(record: RawRecord, contradictions: Mapping[str, str]) -> RejectedRecord | None:
    reason = contradictions.get(record.external_id)
    if reason is None:
        return None
    return RejectedRecord(
        record.external_id, "external_product_id", reason, storable(record.raw), record.source_updated_at
    )


def _as_it_came(raw: Any) -> Any:
    """Return a stored record; raise MappingError for one of which something stands in for what no database takes."""
    if _STAND_IN in orjson.dumps(raw).decode():
        raise MappingError(
            "record", "it holds text that could not be kept as it came; only a new run can read it again"
        )
    return raw


def _not_overtaken(run_id: int, records: Sequence[RawRecord]) -> Sequence[RawRecord]:
    session = db.session()
    system = found_run(session, run_id).external_system
    names = [record.external_id for record in records]
    query = select(Product.external_product_id, Product.source_updated_at).where(
        Product.external_system == system, Product.external_product_id.in_(names)
    )
    here: dict[str, datetime | None] = dict(session.execute(query).all())
    session.rollback()
    return [record for record in records if not _is_older(record.source_updated_at, here.get(record.external_id))]


def _is_older(moment: datetime | None, known: datetime | None) -> bool:
    return moment is not None and known is not None and moment < known
