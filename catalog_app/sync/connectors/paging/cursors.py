"""Pages that are asked for by where the last one ended: an opaque cursor, or the last id."""

from dataclasses import replace
from typing import Any

from catalog_app.core.http import FetchRequest
from catalog_app.sync.connectors.paging_rules import AfterIdPaging, CursorPaging
from catalog_app.sync.connectors.params import AFTER, filled
from catalog_app.sync.connectors.paths import compile_path, first_of

from .pages import PROVED, REPEATED, End, Marks, PageFacts, sized, with_values


class Cursor:
    def __init__(self, rules: CursorPaging, request: FetchRequest, size: int | None) -> None:
        self._rules = rules
        self._first = sized(request, rules.limit, size, rules.place)
        self._next = first_of(rules.next)
        self._more = compile_path(rules.more) if rules.more else None
        self._marks = Marks()

    def first(self) -> FetchRequest:
        return self._first

    def after(self, page: PageFacts) -> FetchRequest | End:
        is_more = self._more(page.body) if self._more else None
        cursor = self._next(page.body)
        # Some sources give a cursor with the last page too, and say beside it that there is no more.
        if is_more is False:
            return PROVED
        if cursor is None or cursor == "":
            return End("the source says that there is more, but not where") if is_more else PROVED
        if not _is_cursor(cursor):
            return End("the source gives a cursor that is neither text nor a number")
        if not self._marks.is_new(str(cursor)):
            return REPEATED
        return with_values(self._first, {self._rules.param: cursor}, self._rules.place)


class AfterId:
    def __init__(self, rules: AfterIdPaging, request: FetchRequest, size: int | None) -> None:
        self._rules = rules
        self._request = sized(request, rules.limit, size, rules.place)
        self._more = compile_path(rules.more) if rules.more else None
        self._marks = Marks()

    def first(self) -> FetchRequest:
        return self._request if self._rules.param else self._at(self._rules.first)

    def after(self, page: PageFacts) -> FetchRequest | End:
        # Where nothing is said about more, only an empty page is the end.
        is_more = self._more(page.body) if self._more else page.received > 0
        if is_more is False:
            return PROVED
        if is_more is not True:
            return End("the source does not say whether there is more")
        if page.last_id is None:
            return End("the source says that there is more, but no id of this page leads on")
        if not self._marks.is_new(page.last_id):
            return REPEATED
        # A source that counts its ids wants a number back.
        is_number = isinstance(self._rules.first, int) and self._rules.param is None and page.last_id.isdecimal()
        return self._at(int(page.last_id) if is_number else page.last_id)

    def _at(self, last_id: int | str) -> FetchRequest:
        if self._rules.param:
            return with_values(self._request, {self._rules.param: last_id}, self._rules.place)
        return replace(self._request, json=filled(self._request.json, {AFTER: last_id}))


def _is_cursor(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)
