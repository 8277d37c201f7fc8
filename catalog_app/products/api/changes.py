"""The change feed: what a follower reads on from, for as long as it likes."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, abort, jsonify, request

from catalog_app.accounts import requires_scope
from catalog_app.core.db import db
from catalog_app.core.links import absolute
from catalog_app.core.problems import problem
from catalog_app.core.query import Query, about_the_query
from catalog_app.core.read_connections import read_connections
from catalog_app.events.feed import LostPositionError, horizon_by
from catalog_app.products.api.blueprint import bp
from catalog_app.products.feed import NOW, Changes, Cursor, change_document, changes_since

PARAMETERS = ("since", "limit")


@bp.get("/changes/")
@requires_scope("products:read", "ml:read")
def changes() -> Response:
    with about_the_query():
        query = Query.taking(*PARAMETERS)
        limit, text = query.limit(), query.one("since")
        since = None if text in (None, NOW) else Cursor.read(str(text))
    # Most of those who ask have everything already; they cost no session.
    here = Cursor(read_connections().read(horizon_by))
    if text == NOW or since == here:
        return _answer(Changes((), here, has_more=False))
    try:
        return _answer(changes_since(db.session(), since, limit=limit))
    except LostPositionError as error:
        abort(problem(HTTPStatus.GONE, str(error)))


def _answer(page: Changes) -> Response:
    """Return the page; `next` is there on the last one too, because a follower asks there again and again."""
    following = _address_of(page.next)
    results = [change_document(change) for change in page.entries]
    response = jsonify({"results": results, "next": following, "cursor": str(page.next), "has_more": page.has_more})
    response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _address_of(cursor: Cursor) -> str:
    pairs = [(name, value) for name, value in request.args.items() if name != "since"]
    return absolute(f"{request.script_root}{request.path}?{urlencode([*pairs, ('since', str(cursor))])}")
