"""A connector: reads one external system page by page, and maps its records to product fields.

It knows neither Flask nor the database. Everything it needs to know comes in its SourceConfig.
"""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from catalog_app.core.errors import FatalError, MappingError, RetriableError
from catalog_app.core.http import (
    AddressPolicy,
    Answer,
    FetchDeferredError,
    FetchFailedError,
    FetchLimits,
    FetchRequest,
    StrictFetcher,
    Timing,
)
from catalog_app.core.strict_json import StrictJsonError

from .auth import Auth, open_auth, refused_credentials
from .listing import Listing, ListingReader
from .mapping import Mapper
from .paging import PageFacts, open_pager
from .preset import Preset
from .proof import Ledger, ListingProof, SeenRecords
from .records import MappedRecord, RawRecord, RecordPage, RejectedRecord, settle

__all__ = [
    "Connector",
    "Limits",
    "ListingProof",
    "MappedRecord",
    "RawRecord",
    "RecordPage",
    "RejectedRecord",
    "SourceConfig",
]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Limits:
    """Bounds of a run. `page_seconds` bounds one attempt at one page, `page_size` overrides the preset's."""

    attempts: int = 4
    page_seconds: float = 60
    run_seconds: float = 3600
    max_rows: int | None = None
    page_size: int | None = None


@dataclass(frozen=True)
class SourceConfig:
    """One external system, with everything resolved: nothing is looked up in the environment any more."""

    key: str
    base_url: str
    preset: Preset = field(repr=False)
    auth_kind: str = "none"
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    header_prefix: str | None = None
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    limits: Limits = Limits()
    allow_loopback: bool = False
    allowed_hosts: tuple[str, ...] = ()
    ca_file: str | None = None


class Connector:
    """Reads and maps one external system; one instance serves one run, in one thread.

    Constructing it sends nothing, but raises FatalError for settings that cannot work.
    """

    def __init__(
        self,
        config: SourceConfig,
        *,
        now: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._timing = Timing(now, monotonic, sleep)
        self._ledger = Ledger()
        self._mapper = Mapper(config.preset, config.tables)
        self._reader = ListingReader(config.preset, self._mapper.version)
        self._seen = SeenRecords()
        self._auth: Auth = open_auth(config.auth_kind, config.preset, config.secrets, prefix=config.header_prefix)

    @property
    def proof(self) -> ListingProof:
        """What is known of the listing; final once `pages` has come to its end."""
        return self._ledger.proof

    def pages(self) -> Generator[RecordPage, None, None]:
        """Yield the pages of the listing, the empty last one included.

        Raises FatalError when a page fails for good or is not a page of records, RetriableError when
        the source or the time left says "later". In both cases nothing may be applied.
        """
        self._ledger, self._seen = Ledger(), SeenRecords()
        with self._telling("the connection"):
            fetcher = self._open_fetcher()
        try:
            with self._telling("the login"):
                self._auth.open(fetcher)
            yield from self._read(fetcher)
        finally:
            fetcher.close()

    def map(self, record: RawRecord) -> MappedRecord:
        """Return the record as product fields, or raise MappingError naming the field that is unusable."""
        try:
            raw = record.raw
        except StrictJsonError as fault:
            raise MappingError("record", str(fault)) from None
        return self._mapper.map(record.external_id, raw, now=self._timing.now())

    def restore(self, raw: Any) -> RawRecord:
        """Return a stored raw record as one that can be mapped again; raise MappingError if it has no usable id."""
        return self._reader.record(raw, lambda: raw)

    def _read(self, fetcher: StrictFetcher) -> Iterator[RecordPage]:
        ledger, limits = self._ledger, self._config.limits
        pager = open_pager(
            self._config.preset, self._first_request(fetcher), fetcher.origin, page_size=limits.page_size
        )
        request: FetchRequest | None = pager.first()
        while request is not None:
            with self._telling(f"page {ledger.pages + 1}"):
                answer = self._answer(fetcher, request)
                listing = self._reader.listing(answer)
            room = len(listing.items) if limits.max_rows is None else limits.max_rows - ledger.rows
            page = self._page(answer, listing, room)
            if page is None:
                ledger.doubt(f"page {ledger.pages} repeats rows that came before, so the offset or link is ignored")
                return
            yield page
            if len(listing.items) > room:
                ledger.doubt(f"the limit of {limits.max_rows} rows was reached")
                return
            with self._telling(f"the way to page {ledger.pages + 1}"):
                request = pager.after(PageFacts(len(listing.items), listing.body, answer.headers, answer.url))
        ledger.finished()

    def _page(self, answer: Answer, listing: Listing, room: int) -> RecordPage | None:
        """Return the page with at most `room` rows, or None if it only repeats what came before."""
        ledger = self._ledger
        ledger.answered(listing.total, listing.doubts, received=answer.received, retries=answer.retries)
        rows = self._reader.rows(listing, room, self._seen)
        if ledger.is_repeated(rows.sights):
            return None
        if rows.seen_before:
            ledger.doubt("some rows came on more than one page, so others may have been skipped")
        if any(rejected.external_id is None for rejected in rows.rejected):
            ledger.doubt("a record has no usable id, so nobody can tell which product it is")
        ledger.rows += len(rows.sights)
        kept, contradicting = settle(rows.records)
        return RecordPage(
            number=ledger.pages,
            records=tuple(kept),
            rejected=(*rows.rejected, *contradicting),
            received=len(rows.sights),
            expected_total=ledger.total,
            bytes=answer.received,
            retries=answer.retries,
            seen_before=rows.seen_before,
        )

    def _answer(self, fetcher: StrictFetcher, request: FetchRequest) -> Answer:
        answer = fetcher.fetch(self._auth.sign(request))
        if answer.status == HTTPStatus.UNAUTHORIZED and self._auth.renew(fetcher):
            answer = fetcher.fetch(self._auth.sign(request))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise refused_credentials(answer.status)
        return answer

    def _first_request(self, fetcher: StrictFetcher) -> FetchRequest:
        rules = self._config.preset.request
        url = fetcher.origin.join(fetcher.base_url, rules.path)
        return FetchRequest(rules.method, url, params=rules.params, headers=rules.headers, json=rules.body)

    def _open_fetcher(self) -> StrictFetcher:
        config, limits = self._config, self._config.limits
        return StrictFetcher(
            config.base_url,
            policy=AddressPolicy(allow_loopback=config.allow_loopback, allowed_hosts=config.allowed_hosts),
            limits=FetchLimits(limits.attempts, limits.page_seconds, limits.run_seconds),
            timing=self._timing,
            ca_file=config.ca_file,
        )

    @contextmanager
    def _telling(self, where: str) -> Iterator[None]:
        """Say in every error which system and page it was, that nothing was applied, and what to do."""
        try:
            yield
        except FetchFailedError as fault:
            raise FatalError(
                f"{self._config.key}, {where}: {fault.what}. Nothing was applied; the catalogue stays as it was."
                f" {fault.advice}."
            ) from None
        except FetchDeferredError as fault:
            raise RetriableError(
                f"{self._config.key}, {where}: {fault.what}. Nothing was applied; it is tried again later.",
                retry_after=fault.retry_after,
            ) from None
