"""Many products: the filtered list, what a customer may be offered, and the counts."""

from dataclasses import asdict

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_scope
from catalog_app.core.clock import utcnow
from catalog_app.core.json_lists import listed
from catalog_app.core.json_values import as_json
from catalog_app.core.query import Query, about_the_query
from catalog_app.products.api.blueprint import bp
from catalog_app.products.api.parameters import CUSTOMER, channel_of, customer_of, fields_of, flag
from catalog_app.products.api.shown import documents
from catalog_app.products.filters import FILTERS, parse_filters
from catalog_app.products.offers import offer_page
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.sorts import parse_sort

PAGING = ("fields", "limit", "cursor", "count")
LIST_PARAMETERS = (*(declared.name for declared in FILTERS), "sort", *PAGING)
# A segment and a channel are the customer's here, not what the list is narrowed by.
OFFER_FILTERS = tuple(declared.name for declared in FILTERS if declared.name not in CUSTOMER)
OFFER_PARAMETERS = (*CUSTOMER, "strict", *OFFER_FILTERS, *PAGING)


@bp.get("/")
@requires_scope("products:read")
def index() -> ResponseReturnValue:
    now, catalog = utcnow(), ProductCatalogService()
    with about_the_query():
        query = Query.taking(*LIST_PARAMETERS)
        fields = fields_of(query)
        filters = parse_filters(query.parameters, also=LIST_PARAMETERS)
        sorts = parse_sort(query.one("sort") or "")
        page = catalog.search(filters, sorts, limit=query.limit(), cursor=query.one("cursor"), now=now)
        count = catalog.count(filters, now=now) if flag(query, "count", default=False) else None
    return listed(documents(page.items, fields, now=now), next_cursor=page.next_cursor, count=count)


@bp.get("/available/")
@requires_scope("products:read")
def available() -> ResponseReturnValue:
    now, catalog = utcnow(), ProductCatalogService()
    with about_the_query():
        query = Query.taking(*OFFER_PARAMETERS)
        fields = fields_of(query)
        own = {name: values for name, values in query.parameters.items() if name in OFFER_FILTERS}
        offers = catalog.offers_for(
            customer_of(query),
            channel=channel_of(query),
            strict=flag(query, "strict", default=False),
            filters=parse_filters(own),
            now=now,
        )
        page = offer_page(offers, limit=query.limit(), cursor=query.one("cursor"))
        count = len(offers) if flag(query, "count", default=False) else None
    shown = documents([offer.product for offer in page.items], fields, now=now)
    results = [
        {**product, "eligibility": offer.verdict.outcome, "unchecked": offer.verdict.unchecked}
        for product, offer in zip(shown, page.items, strict=True)
    ]
    return listed(results, next_cursor=page.next_cursor, count=count)


@bp.get("/stats/")
@requires_scope("products:read")
def stats() -> ResponseReturnValue:
    Query.taking()
    return jsonify({name: as_json(value) for name, value in asdict(ProductCatalogService().stats()).items()})
