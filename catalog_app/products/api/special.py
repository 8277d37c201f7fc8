"""One product, asked for in a special way: as it was at a moment, or with what it points at."""

from collections.abc import Collection
from datetime import datetime

from flask import Response, jsonify, request

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.etags import etag, not_modified
from catalog_app.core.query import Query, about_the_query
from catalog_app.products.api.shown import documents
from catalog_app.products.expansion import EXPANSIONS, expanded
from catalog_app.products.filter_kinds import MOMENT
from catalog_app.products.parameters import fields_of
from catalog_app.products.past import past_product
from catalog_app.products.service import ProductCatalogService

PARAMETERS = ("as_of", "expand")


def is_special() -> bool:
    """Return whether this request asks for a product in one of these ways."""
    return any(name in request.args for name in PARAMETERS)


def special(product_id: int) -> Response:
    """Return the answer to such a request. With `expand` it has no entity tag: it shows other products too."""
    now = utcnow()
    with about_the_query():
        query = Query.taking("fields", *PARAMETERS)
        fields, moment, wanted = fields_of(query), _moment_of(query, now), _expansions_of(query)
    session = db.session()
    product = ProductCatalogService().get(product_id) if moment is None else past_product(session, product_id, moment)
    if not wanted and (unchanged := not_modified(product.version)):
        return unchanged
    shown = documents([product], fields, now=moment or now)[0]
    more = expanded(session, product, wanted, now=moment or now)
    response = jsonify(shown | {field: value for field, value in more.items() if field in shown})
    if not wanted:
        response.headers["ETag"] = etag(product.version)
    return response


def _moment_of(query: Query, now: datetime) -> datetime | None:
    text = query.one("as_of")
    if text is None:
        return None
    try:
        moment: datetime = MOMENT.parse(text)
    except ValueError as fault:
        raise RuleError({"as_of": str(fault)}) from None
    if moment > now:
        raise RuleError({"as_of": "This is still to come; a past state was asked for."})
    return moment


def _expansions_of(query: Query) -> Collection[str]:
    wanted = [part.strip() for value in query.every("expand") for part in value.split(",") if part.strip()]
    if unknown := [name for name in wanted if name not in EXPANSIONS]:
        raise RuleError({"expand": f"There is nothing to expand in {unknown[0][:50]!r}: {', '.join(EXPANSIONS)}."})
    return frozenset(wanted)
