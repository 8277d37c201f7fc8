"""One product: read, made, changed and deleted, with its version as the entity tag."""

from http import HTTPStatus

from flask import Response, jsonify, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.core.clock import utcnow
from catalog_app.core.etags import etag, expected_version
from catalog_app.core.json_body import JSON, MERGE_PATCH, json_object
from catalog_app.core.links import absolute
from catalog_app.core.problems import as_response
from catalog_app.core.query import Query, about_the_query
from catalog_app.products.api.asked import read_request
from catalog_app.products.api.blueprint import bp
from catalog_app.products.api.shown import documents
from catalog_app.products.api.special import PARAMETERS as SPECIAL
from catalog_app.products.api.special import is_special, special
from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.models import Product
from catalog_app.products.parameters import flag
from catalog_app.products.reads.answers import product_reads
from catalog_app.products.service import ProductCatalogService


@bp.post("/")
@requires_scope("products:write")
def create() -> ResponseReturnValue:
    Query.taking()
    product = ProductCatalogService().create(json_object(), actor=actor())
    response = _answer(product)
    response.headers["Location"] = absolute(url_for("products_api.read", product_id=product.id))
    return response, HTTPStatus.CREATED


@bp.get("/<int:product_id>/")
@requires_scope("products:read")
def read(product_id: int) -> ResponseReturnValue:
    if is_special():
        return special(product_id)
    with about_the_query():
        Query.taking("fields", *SPECIAL)
        return as_response(product_reads().one(product_id, read_request()))


@bp.put("/<int:product_id>/")
@requires_scope("products:write")
def replace(product_id: int) -> ResponseReturnValue:
    lock, values = _locks(), json_object()
    expected = expected_version(lambda: _version(product_id))
    product = ProductCatalogService().replace(product_id, values, expected_version=expected, actor=actor(), lock=lock)
    return _answer(product)


@bp.patch("/<int:product_id>/")
@requires_scope("products:write")
def patch(product_id: int) -> ResponseReturnValue:
    lock, values = _locks(), json_object(JSON, MERGE_PATCH)
    expected = expected_version(lambda: _version(product_id))
    product = ProductCatalogService().patch(product_id, values, expected_version=expected, actor=actor(), lock=lock)
    return _answer(product)


@bp.delete("/<int:product_id>/")
@requires_scope("products:write")
def delete(product_id: int) -> ResponseReturnValue:
    Query.taking()
    expected = expected_version(lambda: _version(product_id))
    ProductCatalogService().delete(product_id, expected_version=expected, actor=actor())
    answer = Response(status=HTTPStatus.NO_CONTENT)
    del answer.headers["Content-Type"]
    return answer


@bp.post("/<int:product_id>/restore/")
@requires_scope("products:write")
def restore(product_id: int) -> ResponseReturnValue:
    Query.taking()
    return _answer(ProductCatalogService().restore(product_id, actor=actor()))


def _answer(product: Product) -> Response:
    response = jsonify(documents([product], ALL_FIELDS, now=utcnow())[0])
    response.headers["ETag"] = etag(product.version)
    return response


def _version(product_id: int) -> int:
    return ProductCatalogService().get(product_id).version


def _locks() -> bool:
    """Return whether people become the owners of the fields that a write to a synced product changes."""
    with about_the_query():
        return flag(Query.taking("lock"), "lock", default=True)
