"""POST /nbo/batch: offers for many customers, one line of the answer for each line that was sent."""

from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from itertools import chain
from typing import Any, Final, cast

from flask import Flask, Response, abort, current_app, request

from catalog_app.accounts import actor, requires_scope
from catalog_app.core.errors import RuleError
from catalog_app.core.json_body import JSON, json_object
from catalog_app.core.problems import problem
from catalog_app.core.query import Query, about_the_query
from catalog_app.core.requests import takes_body
from catalog_app.products.field_types import MAX_INT
from catalog_app.recommendations.api.blueprint import nbo
from catalog_app.recommendations.decisions.asked import MAX_LIMIT

LINES: Final = "application/x-ndjson"
TAKEN: Final = (LINES, "application/ndjson", "application/jsonl", JSON)
MAX_MEBIBYTES: Final = 16
MAX_CUSTOMERS: Final = 1_000
DEFAULT_LIMIT: Final = 3
_AT_ONCE: Final = 5_000
_NAME: Final = "POST /nbo/batch"


@nbo.post("/batch/")
@requires_scope("nbo:write")
@takes_body(MAX_MEBIBYTES)
def batch() -> Response:
    # What works on matrices is heavy, and most processes are never asked for it.
    from catalog_app.recommendations.batches import answering, running  # noqa: PLC0415

    with about_the_query():
        query = Query.taking("limit", "channel", "context", "candidates")
        asked = running.asked_of(
            limit=query.limit(DEFAULT_LIMIT, most=MAX_LIMIT),
            channel=query.one("channel"),
            context=query.one("context"),
            candidates=_candidates(query),
        )
    blocks = answering.blocks(_customers() if request.mimetype == JSON else _body(), rows=_AT_ONCE)
    lines = _in_steps(answering.lines(blocks, asked, name=_NAME, actor=actor()))
    # What fails at once is told as an error; later only the missing end of the stream can tell.
    begun: Iterator[bytes] = chain([next(lines, b"")], lines)
    return Response(begun, content_type=LINES)


def _in_steps(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the parts of an answer, each made inside the application: between them nothing is held open."""
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001  # Werkzeug's documented way
    while True:
        with app.app_context():
            part = next(lines, None)
        if part is None:
            return
        yield part


def _customers() -> list[Any]:
    body = json_object()
    faults = {name: "There is no such field." for name in body if name != "customers"}
    customers = body.get("customers")
    if not isinstance(customers, list) or not 1 <= len(customers) <= MAX_CUSTOMERS:
        faults["customers"] = f"Send a list of 1 to {MAX_CUSTOMERS} customers; for more, send them as {LINES}."
    if faults:
        raise RuleError(faults)
    return customers or []


def _body() -> BytesIO:
    encoding = request.headers.get("Content-Encoding", "identity")
    if request.mimetype not in TAKEN or encoding.lower() != "identity":
        detail = f"Send the body as {LINES} or {JSON}, uncompressed; say so in Content-Type."
        abort(problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, headers={"Accept": ", ".join(TAKEN)}))
    return BytesIO(request.get_data(cache=False))


def _candidates(query: Query) -> list[int] | None:
    parts = [part.strip() for text in query.every("candidates") for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) <= len(str(MAX_INT)) for part in parts):
        raise RuleError({"candidates": "Write ids with commas between them, such as 7,9."})
    return [int(part) for part in parts] or None
