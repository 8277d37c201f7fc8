"""The answers to the reads that machines ask for most, from parameters to bytes, without Flask and without a session.

The views hand these out, and so does fast.py before Flask. Each raises what the use cases raise: RuleError about a
parameter, NotFoundError, SQLAlchemy's OperationalError. An answer is never older than what was committed when it was
asked: nothing that was remembered is used before its version was compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final, cast

from flask import Flask, current_app

from catalog_app.core.answers import JSON, Answer
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.core.etags import etag, is_known
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.core.replica import Reads, replicated_reads
from catalog_app.core.wiring import settings_of
from catalog_app.products.reads.asking import (
    ListAsked,
    OffersAsked,
    fields_asked,
    list_asked,
    nothing_asked,
    offers_asked,
    page_answer,
)
from catalog_app.products.reads.counts import count, stats_body
from catalog_app.products.reads.documents import microseconds
from catalog_app.products.reads.list_rows import list_page, shown_of
from catalog_app.products.reads.offer_rows import Question
from catalog_app.products.reads.offers import offer_page
from catalog_app.products.reads.rendering import COLUMNS, Shown, array, one, rendered
from catalog_app.products.reads.standing import Standing, Standings, standings_of

_KEPT: Final = "catalog-product-reads"
_ONE: Final = f"SELECT version, {', '.join(column.name for column in COLUMNS)} FROM product_document WHERE id = "  # noqa: S608  # our own names
_VERDICT: Final = ("eligibility", "unchecked")


@dataclass(frozen=True, slots=True)
class Request:
    """What an answer depends on. `address` tells the address that was asked, without its query."""

    query: str
    if_none_match: str
    now: datetime
    address: Callable[[], str]


class ProductReads:
    """Answers from the stored documents of one application's database."""

    def __init__(self, primary: Reads, replicated: Reads, standings: Standings, *, base_currency: str) -> None:
        """One product is one look, and so is asking how fresh a replica is: only what is more goes there."""
        self._read_one, self._read = primary.read, replicated.read
        self._standings = standings
        self._base_currency = base_currency

    def one(self, product_id: int, request: Request) -> Answer:
        """Answer with one product; its version is its entity tag."""
        fields, now = fields_asked(request.query), microseconds(request.now)

        def answer(reader: Reader) -> Answer:
            with reader.snapshot():
                version, row = _document(reader, product_id)
                tag = etag(version)
                if is_known(request.if_none_match, tag):
                    return _not_modified(tag)
                marks = self._standings.at(reader, now).marks
            return Answer(HTTPStatus.OK, (*JSON, ("ETag", tag)), one(rendered([row], now, marks)[0], fields))

        return self._read_one(answer)

    def listing(self, request: Request) -> Answer:
        """Answer with a page of the filtered list."""
        asked = list_asked(request.query)
        return self._listed(request, asked.tag, lambda reader, standing: self._page(reader, standing, asked, request))

    def available(self, request: Request) -> Answer:
        """Answer with a page of what a customer may be offered now."""
        asked = offers_asked(request.query)
        return self._listed(request, asked.tag, lambda reader, standing: self._offers(reader, standing, asked, request))

    def stats(self, request: Request) -> Answer:
        """Answer with the counts of the whole catalogue."""
        nothing_asked(request.query)
        return self._listed(request, "stats", lambda reader, standing: self._stats(reader, standing, request.now))

    def _page(self, reader: Reader, standing: Standing, asked: ListAsked, request: Request) -> Answer:
        page = asked.page
        found = list_page(reader, asked.filters, asked.sorts, request.now, page.limit, page.cursor)
        texts = rendered(map(shown_of, found.items), microseconds(request.now), standing.marks)
        return page_answer(
            array(texts, page.fields),
            tag=standing.tag(asked.tag),
            following=found.next_cursor,
            count=count(reader, asked.filters, request.now) if page.count else None,
            query=request.query,
            address=request.address,
        )

    def _offers(self, reader: Reader, standing: Standing, asked: OffersAsked, request: Request) -> Answer:
        question = Question(asked.customer, asked.channel, asked.strict, asked.filters, self._base_currency)
        page = asked.page
        found = offer_page(
            reader, question, request.now, standing.marks, limit=page.limit, cursor=page.cursor, count=page.count
        )
        return page_answer(
            array(found.texts, page.fields, _VERDICT),
            tag=standing.tag(asked.tag),
            following=found.following,
            count=found.count,
            query=request.query,
            address=request.address,
        )

    def _stats(self, reader: Reader, standing: Standing, now: datetime) -> Answer:
        tag = standing.tag("stats")
        body = self._standings.stats(standing, lambda: stats_body(reader, now, standing.marks))
        return Answer(HTTPStatus.OK, (*JSON, ("ETag", tag)), body)

    def _listed(self, request: Request, tag: str, answer: Callable[[Reader, Standing], Answer]) -> Answer:
        """Answer 304 where nothing moved since the reader asked last, which takes no look at a product."""
        now = microseconds(request.now)

        def ask(reader: Reader) -> Answer:
            if request.if_none_match and is_known(request.if_none_match, known := self._tag(reader, now, tag)):
                return _not_modified(known)
            with reader.snapshot():
                return answer(reader, self._standings.at(reader, now))

        return self._read(ask)

    def _tag(self, reader: Reader, now: int, tag: str) -> str:
        return self._standings.at(reader, now).tag(tag)


def product_reads(app: Flask | None = None) -> ProductReads:
    """Return what answers for an application, the running one unless said otherwise."""
    app = app or cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001  # Werkzeug's documented way
    if _KEPT not in app.extensions:
        currency = settings_of(app).base_currency
        made = ProductReads(read_connections(app), replicated_reads(app), standings_of(app), base_currency=currency)
        # Two threads may make one each; all of them keep the first.
        app.extensions.setdefault(_KEPT, made)
    return cast("ProductReads", app.extensions[_KEPT])


def _document(reader: Reader, product_id: int) -> tuple[int, Shown]:
    rows = reader.rows(_ONE + reader.place, (product_id,))
    if not rows:
        raise NotFoundError(Sentence("There is no product %(product)s.", product=product_id))
    version, *row = rows[0]
    return int(version), cast("Shown", tuple(row))


def _not_modified(tag: str) -> Answer:
    return Answer(HTTPStatus.NOT_MODIFIED, (("ETag", tag),))
