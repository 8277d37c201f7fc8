"""A connector: reads one external system page by page, and maps its records to product fields.

It knows neither Flask nor the database. Everything it needs to know comes in its SourceConfig.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
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

from .auth import Auth, open_auth, refused_credentials
from .config import Limits, SourceConfig
from .joining import Joining
from .listing import Listing, ListingReader, Rows
from .mapping import Mapper
from .paging import End, Overlap, PageFacts, open_pager
from .passes import Pass, passes
from .paths import PathError
from .proof import Ledger, ListingProof, SeenRecords, Sight
from .records import MappedRecord, RawRecord, RecordPage, RejectedRecord, settle
from .spreading import Spreading

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


class Connector:
    """Reads and maps one external system; one instance serves one run, in one thread.

    With `since` it reads only what changed from then on, where the preset can ask for that; such a listing proves
    nothing about what is absent. Constructing it sends nothing, but raises FatalError for settings that cannot work.
    """

    def __init__(
        self,
        config: SourceConfig,
        *,
        since: datetime | None = None,
        now: Callable[[], datetime] = _utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._preset = config.preset.filled(config.params)
        self._since = since
        self._timing = Timing(now, monotonic, sleep)
        self._ledger = Ledger()
        self._mapper = Mapper(self._preset, config.tables)
        self._reader = ListingReader(self._preset, self._mapper.version)
        self._seen = SeenRecords()
        spread = self._preset.records.spread
        self._spread = Spreading(spread, now) if spread else None
        self._joined: Joining | None = None
        self._auth: Auth = open_auth(
            config.auth_kind, self._preset, config.secrets, prefix=config.header_prefix, monotonic=monotonic
        )

    @property
    def proof(self) -> ListingProof:
        """What is known of the listing; final once `pages` has come to its end."""
        return self._ledger.proof

    @property
    def is_incremental(self) -> bool:
        """Whether only changes are read: a time was given, and the preset can ask for what came after it."""
        return self._since is not None and self._preset.is_incremental

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
            self._joined = self._join(fetcher)
            yield from self._read_all(fetcher)
        finally:
            fetcher.close()

    def map(self, record: RawRecord) -> MappedRecord:
        """Return the record as product fields, or raise MappingError naming the field that is unusable."""
        if record.fault:
            self._ledger.doubt("a record cannot be read whole, so nobody can tell for sure which product it is")
            raise MappingError("record", f"it {record.fault}")
        return self._mapper.map(record.external_id, record.raw, now=self._timing.now())

    def restore(self, raw: Any) -> RawRecord:
        """Return a stored raw record as one that can be mapped again; raise MappingError if it has no usable id."""
        return self._reader.record(raw, lambda: raw)

    def _join(self, fetcher: StrictFetcher) -> Joining | None:
        rules = self._preset.join
        if rules is None:
            return None
        joining = Joining(rules, self._preset.records.paths)
        with self._telling(f"the list of {rules.name}"):
            joining.read(
                fetcher,
                lambda request: self._answer(fetcher, request),
                page_size=self._config.limits.page_size,
                most_pages=self._config.limits.join_pages,
            )
        account = joining.account
        self._ledger.bytes += account.bytes
        self._ledger.retries += account.retries
        if account.doubt:
            self._ledger.doubt(account.doubt)
        return joining

    def _read_all(self, fetcher: StrictFetcher) -> Generator[RecordPage, None, None]:
        for number, way in enumerate(passes(self._preset, fetcher, self._since)):
            # A row that an earlier pass had too is no sign of a fault; one that the same pass had is.
            seen = SeenRecords() if number else self._seen
            self._ledger.begin_pass()
            is_at_its_end = yield from self._read(fetcher, way, seen)
            if not is_at_its_end:
                return
        self._ledger.finished()

    def _read(self, fetcher: StrictFetcher, way: Pass, seen: SeenRecords) -> Generator[RecordPage, None, bool]:
        """Yield the pages of one pass; return whether it was read to its proved end."""
        ledger, limits = self._ledger, self._config.limits
        pager = open_pager(way.paging, way.request, fetcher.origin, page_size=limits.page_size)
        step: FetchRequest | Overlap | End = pager.first()
        while not isinstance(step, End):
            request, old_row = (step.request, step.begins_with) if isinstance(step, Overlap) else (step, None)
            with self._telling(f"page {ledger.pages + 1}"):
                answer = self._reshaped(self._answer(fetcher, request))
                listing = self._reader.listing(answer)
            ledger.answered(listing.total, listing.doubts, received=answer.received, retries=answer.retries)
            room = None if limits.max_rows is None else limits.max_rows - ledger.rows
            rows = self._rows(listing, room, seen, old_row)
            if rows is None:
                ledger.doubt(f"page {ledger.pages} repeats rows that came before, so the offset or link is ignored")
                return False
            yield self._page(answer, rows, seen)
            if room is not None and len(listing.items) > room + (old_row is not None):
                ledger.doubt(f"the limit of {limits.max_rows} rows was reached")
                return False
            with self._telling(f"the way to page {ledger.pages + 1}"):
                step = pager.after(_facts(answer, listing, rows))
        if step.doubt:
            ledger.doubt(f"after page {ledger.pages}, {step.doubt}")
        return step.doubt is None

    def _rows(self, listing: Listing, room: int | None, seen: SeenRecords, old_row: str | None) -> Rows | None:
        """Return at most `room` rows, without the old one that they have to begin with; None if all came before."""
        room = len(listing.items) if room is None else room + (old_row is not None)
        rows = self._reader.rows(listing, room, seen)
        if old_row is not None and _begins_with(rows, old_row):
            del rows.records[0], rows.sights[0]
            rows.seen_before -= {old_row}
            old_row = None
        if self._ledger.is_repeated(rows.sights):
            return None
        if old_row is not None and not rows.seen_before:
            self._ledger.doubt("the rows moved while they were read, so some may have been skipped")
        return rows

    def _page(self, answer: Answer, rows: Rows, seen: SeenRecords) -> RecordPage:
        """Return the page, its rows settled among themselves, and note what they say of the listing."""
        ledger = self._ledger
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
            seen_before=rows.seen_before | self._seen_in_an_earlier_pass(rows, seen),
        )

    def _seen_in_an_earlier_pass(self, rows: Rows, seen: SeenRecords) -> frozenset[str]:
        if seen is self._seen:
            return frozenset()
        here = {record.external_id: record.sent_hash for record in rows.records}
        return frozenset(name for name, digest in here.items() if self._seen.add(name, digest) is not Sight.NEW)

    def _reshaped(self, answer: Answer) -> Answer:
        if self._spread:
            answer = self._spread(answer)
        return self._joined(answer) if self._joined else answer

    def _answer(self, fetcher: StrictFetcher, request: FetchRequest) -> Answer:
        if self._auth.is_stale:
            self._auth.renew(fetcher)
        answer = fetcher.fetch(self._auth.sign(request))
        if answer.status == HTTPStatus.UNAUTHORIZED and self._auth.renew(fetcher):
            answer = fetcher.fetch(self._auth.sign(request))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise refused_credentials(answer.status)
        return answer

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
                f"{self._config.name}, {where}: {fault.what}. Nothing was applied; the catalogue stays as it was."
                f" {fault.advice}."
            ) from None
        except PathError as fault:
            raise FatalError(
                f"{self._config.name}, {where}: {fault}. Nothing was applied; the catalogue stays as it was."
                " Check the preset of this system."
            ) from None
        except FetchDeferredError as fault:
            raise RetriableError(
                f"{self._config.name}, {where}: {fault.what}. Nothing was applied; it is tried again later.",
                retry_after=fault.retry_after,
            ) from None


def _begins_with(rows: Rows, external_id: str) -> bool:
    # A rejected row may be the first one, which its records would not show.
    return bool(rows.records) and not rows.rejected and rows.records[0].external_id == external_id


def _facts(answer: Answer, listing: Listing, rows: Rows) -> PageFacts:
    return PageFacts(
        received=len(rows.sights),
        body=listing.body,
        headers=answer.headers,
        url=answer.url,
        last_id=rows.records[-1].external_id if rows.records else None,
        total=listing.total,
    )
