"""Many products: the filtered list, what a customer may be offered, and the counts."""

from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_scope
from catalog_app.core.problems import as_response
from catalog_app.core.query import Query, about_the_query
from catalog_app.products.api.asked import read_request
from catalog_app.products.api.blueprint import bp
from catalog_app.products.reads.answers import product_reads
from catalog_app.products.reads.asking import LIST_PARAMETERS, OFFER_PARAMETERS


@bp.get("/")
@requires_scope("products:read")
def index() -> ResponseReturnValue:
    with about_the_query():
        Query.taking(*LIST_PARAMETERS)
        return as_response(product_reads().listing(read_request()))


@bp.get("/available/")
@requires_scope("products:read")
def available() -> ResponseReturnValue:
    with about_the_query():
        Query.taking(*OFFER_PARAMETERS)
        return as_response(product_reads().available(read_request()))


@bp.get("/stats/")
@requires_scope("products:read")
def stats() -> ResponseReturnValue:
    Query.taking()
    return as_response(product_reads().stats(read_request()))
