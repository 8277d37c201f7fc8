"""Trying a system: its first page is read, mapped and shown. Nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.errors import MappingError, RuleError
from catalog_app.sync.connectors.connector import Connector, RecordPage
from catalog_app.sync.sources import found, source_config
from catalog_app.sync.staging import said


@dataclass(frozen=True)
class ProbedRecord:
    """One record of the first page: what it would become, or the field and the reason why it would be set aside."""

    external_product_id: str | None
    values: dict[str, Any] | None = None
    field: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Probe:
    """The first page of a system. `expected_total` is what the source says it has, if it says so."""

    system: str
    rows: int
    expected_total: int | None
    records: tuple[ProbedRecord, ...]


def probe(session: Session, key: str) -> Probe:
    """Read and map the first page of a system. Raises what keeps a run from starting, or ends it."""
    connector = Connector(source_config(found(session, key)), now=utcnow)
    pages = connector.pages()
    try:
        page = next(pages)
    finally:
        pages.close()
    return Probe(key, page.received, page.expected_total, tuple(_records(connector, page)))


def _records(connector: Connector, page: RecordPage) -> Iterator[ProbedRecord]:
    for record in page.records:
        try:
            yield ProbedRecord(record.external_id, values=said(connector.map(record).values))
        except MappingError as error:
            yield ProbedRecord(record.external_id, field=error.field, reason=error.message)
        except RuleError as error:
            field, reason = next(iter(error.errors.items()))
            yield ProbedRecord(record.external_id, field=field, reason=reason)
    for rejected in page.rejected:
        yield ProbedRecord(rejected.external_id, field=rejected.field, reason=rejected.reason)
