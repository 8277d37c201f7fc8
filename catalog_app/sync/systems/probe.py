"""Trying a system: its first page is read once, mapped and shown. Nothing is written.

A request waits for it, so it is bounded (docs/adr/0010-a-test-waits.md): one attempt, `SECONDS` in all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.errors import MappingError, RuleError
from catalog_app.sync.connectors.casts import UnknownWordError
from catalog_app.sync.connectors.connector import Connector, Limits, RecordPage
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.planning.staging import said
from catalog_app.sync.systems.sources import found, source_config

SECONDS: Final = 10
LIMITS: Final = Limits(attempts=1, page_seconds=8, run_seconds=SECONDS, join_pages=5)
"""Of what is joined a few pages are enough: a look need not wait for all prices of a system."""


@dataclass(frozen=True)
class ProbedRecord:
    """One record of the first page: what it would become, or the field and the reason why it would be set aside."""

    external_product_id: str | None
    values: dict[str, Any] | None = None
    field: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class UnknownWord:
    """A word of the source that a mapping table lacks, and in how many records of the page it stands."""

    table: str
    word: str
    records: int


@dataclass(frozen=True)
class Probe:
    """The first page of a system. `expected_total` is what the source says it has, if it says so."""

    system: str
    rows: int
    expected_total: int | None
    records: tuple[ProbedRecord, ...]
    unknown_words: tuple[UnknownWord, ...] = ()

    @property
    def mapped(self) -> tuple[ProbedRecord, ...]:
        return tuple(record for record in self.records if record.values is not None)

    @property
    def rejected(self) -> tuple[ProbedRecord, ...]:
        return tuple(record for record in self.records if record.values is None)


def probe(session: Session, key: str) -> Probe:
    """Read and map the first page of a system. Raises what keeps a run from starting, or ends it."""
    return probe_with(found(session, key))


def probe_with(system: ExternalSystem, *, typed: Mapping[str, str] | None = None) -> Probe:
    """Read and map the first page of a system that need not be saved; `typed` are secrets that were not saved yet."""
    limits = replace(LIMITS, page_size=Limits(**system.limits).page_size)
    connector = Connector(source_config(system, typed=typed, limits=limits), now=utcnow)
    pages = connector.pages()
    try:
        page = next(pages)
    finally:
        pages.close()
    unknown: Counter[tuple[str, str]] = Counter()
    records = tuple(_records(connector, page, unknown))
    words = tuple(UnknownWord(table, word, count) for (table, word), count in unknown.most_common())
    return Probe(system.key, page.received, page.expected_total, records, words)


def _records(connector: Connector, page: RecordPage, unknown: Counter[tuple[str, str]]) -> Iterator[ProbedRecord]:
    for record in page.records:
        try:
            yield ProbedRecord(record.external_id, values=said(connector.map(record).values))
        except MappingError as error:
            if word := UnknownWordError.behind(error):
                unknown[word.table, word.word] += 1
            yield ProbedRecord(record.external_id, field=error.field, reason=error.message)
        except RuleError as error:
            field, reason = next(iter(error.errors.items()))
            yield ProbedRecord(record.external_id, field=field, reason=reason)
    for rejected in page.rejected:
        yield ProbedRecord(rejected.external_id, field=rejected.field, reason=rejected.reason)
