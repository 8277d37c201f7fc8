"""The document and the page that shows it. Both are for everybody: they say how to ask, and no data."""

import hashlib
from typing import Any, Final

import orjson
from flask import Blueprint, Response, current_app, render_template, request

from catalog_app.accounts import open_to_all
from catalog_app.core.query import Query

bp = Blueprint("openapi", __name__, url_prefix="/api")

VERSION: Final = "1"
# The page runs its own scripts and asks its own origin; it sends no form and is framed by nobody.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_MADE: Final = "catalog-openapi"


@bp.get("/openapi.json")
@open_to_all
def document() -> Response:
    Query.taking()
    body, tag = _made()
    response = Response(body, content_type="application/json", headers={"Cache-Control": "no-cache"})
    response.set_etag(tag)
    response.make_conditional(request)
    return response


@bp.get("/docs/")
@open_to_all
def docs() -> Response:
    response = Response(render_template("openapi/docs.html"))
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _made() -> tuple[bytes, str]:
    """Return the document and its tag, made when somebody first asks for it: a worker that nobody asks goes without."""
    made: dict[str, Any] = current_app.extensions.setdefault(_MADE, {})
    if not made:
        from catalog_app.openapi.document import document as described  # noqa: PLC0415  # see above

        body = orjson.dumps(described(current_app, version=VERSION))
        made.update(body=body, tag=hashlib.sha256(body).hexdigest()[:32])
    return made["body"], made["tag"]
