"""The catalogue as a download: one product a line, as the list shows it."""

import zlib
from collections.abc import Generator, Iterator
from itertools import chain

from flask import Response, request

from catalog_app.accounts import requires_scope
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.query import Query, about_the_query
from catalog_app.products.api.blueprint import bp
from catalog_app.products.export import export_lines
from catalog_app.products.filters import FILTERS, parse_filters
from catalog_app.products.parameters import fields_of
from catalog_app.products.systems import systems

PARAMETERS = (*(declared.name for declared in FILTERS), "fields")
LINES = "application/x-ndjson"
_GZIP = zlib.MAX_WBITS | 16


@bp.get("/export/")
@requires_scope("products:read", "ml:read")
def export() -> Response:
    now = utcnow()
    with about_the_query():
        query = Query.taking(*PARAMETERS)
        fields, filters = fields_of(query), parse_filters(query.parameters, also=PARAMETERS)
    lines = export_lines(db.engine, filters, fields, systems(), now=now)
    # What fails at once is told as an error; later only the missing end of the stream can tell.
    begun: Iterator[bytes] = chain([next(lines, b"")], lines)
    headers = {"Content-Disposition": 'attachment; filename="products.ndjson"', "Vary": "Accept-Encoding"}
    if request.accept_encodings["gzip"]:
        begun, headers["Content-Encoding"] = _packed(begun), "gzip"
    response = Response(begun, content_type=LINES, headers=headers)
    response.call_on_close(lines.close)
    return response


def _packed(parts: Iterator[bytes]) -> Generator[bytes]:
    packer = zlib.compressobj(level=5, wbits=_GZIP)
    for part in parts:
        if packed := packer.compress(part):
            yield packed
    yield packer.flush()
