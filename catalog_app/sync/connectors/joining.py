"""A second listing that belongs to the records of the first, such as their prices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from catalog_app.core.http import Answer, FetchFailedError, FetchRequest, StrictFetcher

from .paging import End, Overlap, PageFacts, open_pager
from .passes import opened
from .paths import PathError, compile_path, first_of
from .request_rules import JoinRules
from .rewriting import decoded, rewritten
from .text import CastError, external_id

_ADVICE: Final = "Check the base URL and the preset of this system"
_MOST_BYTES: Final = 64 * 1024 * 1024


@dataclass
class JoinAccount:
    """What reading the second listing took, and whether it is in doubt that it was all."""

    bytes: int = 0
    retries: int = 0
    doubt: str | None = None


class Joining:
    """Holds the second listing in a compact form, and attaches to each record the rows that are its own."""

    def __init__(self, rules: JoinRules, record_paths: tuple[str, ...]) -> None:
        self._rules = rules
        self._each = first_of(rules.each)
        self._id = compile_path(rules.id)
        self._of = compile_path(rules.of)
        self._to = compile_path(rules.to)
        self._records = tuple(map(compile_path, record_paths))
        self._rows: dict[str, bytearray] = {}
        self._seen: set[int] = set()
        self._count = 0
        self._size = 0
        self.account = JoinAccount()

    def read(
        self,
        fetcher: StrictFetcher,
        answer_to: Callable[[FetchRequest], Answer],
        *,
        page_size: int | None,
        most_pages: int | None = None,
    ) -> None:
        """Read the listing to its end, or its first pages for somebody who only wants to look.

        Raises FetchFailedError if the end cannot be proved: a record without the rows that were not read would look
        changed, so a run cannot go on with a part of them.
        """
        request = opened(self._rules.request, fetcher, {})
        pager = open_pager(self._rules.paging, request, fetcher.origin, page_size=page_size)
        step: FetchRequest | Overlap | End = pager.first()
        pages = 0
        while isinstance(step, FetchRequest):
            if pages == most_pages:
                self.account.doubt = f"the {self._rules.name} were read in part only"
                return
            pages += 1
            answer = answer_to(step)
            self.account.bytes += answer.received
            self.account.retries += answer.retries
            body, rows = self._rows_of(answer)
            last_id = self._take(rows)
            step = pager.after(PageFacts(len(rows), body, answer.headers, answer.url, last_id))
        if isinstance(step, End) and step.doubt:
            raise FetchFailedError(step.doubt, _ADVICE)

    def __call__(self, answer: Answer) -> Answer:
        """Return the answer with its rows attached to the records; one that holds no records stays as it is."""
        body = decoded(answer)
        records = next((found for find in self._records if isinstance(found := find(body), list)), ())
        for record in records:
            if isinstance(record, dict):
                record[self._rules.name] = self._rows_for(record)
        return replace(answer, body=rewritten(body))

    def _rows_for(self, record: Mapping[str, Any]) -> orjson.Fragment:
        rows = self._rows.get(_name(self._to(record)) or "", bytearray())
        return orjson.Fragment(b"[" + bytes(rows) + b"]")

    def _rows_of(self, answer: Answer) -> tuple[Any, list[Any]]:
        body = decoded(answer)
        try:
            rows = self._each(body)
        except PathError:
            rows = None
        if not isinstance(rows, list):
            raise FetchFailedError(f"its answer holds no list of {self._rules.name}", _ADVICE)
        return body, rows

    def _take(self, rows: list[Any]) -> str | None:
        """Keep the rows of one page and return the id of its last one; a row that came before is not kept twice."""
        last_id, news = None, 0
        for row in rows:
            name = _name(self._id(row))
            last_id = name or last_id
            mark = hash(name or rewritten(row))
            if mark in self._seen:
                continue
            self._seen.add(mark)
            news += 1
            self._keep(row)
        if rows and not news:
            raise FetchFailedError("a page brings nothing new, so its offset or cursor is ignored", _ADVICE)
        if news < len(rows):
            self.account.doubt = f"some {self._rules.name} came more than once, so others may have been skipped"
        if self._count > self._rules.most or self._size > _MOST_BYTES:
            raise FetchFailedError(f"it has more {self._rules.name} than can be held ({self._count})", _ADVICE)
        return last_id

    def _keep(self, row: Any) -> None:
        owner = _name(self._of(row))
        if owner is None:
            return
        kept = rewritten({key: row[key] for key in self._rules.keep if key in row})
        rows = self._rows.setdefault(owner, bytearray())
        if rows:
            rows += b","
        rows += kept
        self._count += 1
        self._size += len(kept)


def _name(value: Any) -> str | None:
    try:
        return external_id(value)
    except CastError:
        return None
