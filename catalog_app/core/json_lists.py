"""Lists as JSON answers them: the results, and the address of what comes next."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from catalog_app.core.links import absolute


def listed(results: Iterable[Mapping[str, Any]], *, next_cursor: str | None, count: int | None = None) -> Response:
    """Return a page of a list; `next` is null on the last one, and `count` is there only where it was asked for."""
    following = _address_of(next_cursor) if next_cursor else None
    body: dict[str, Any] = {"results": list(results), "next": following}
    if count is not None:
        body["count"] = count
    response = jsonify(body)
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _address_of(cursor: str) -> str:
    """Return the address that was asked, at another place of the list."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return absolute(f"{request.script_root}{request.path}?{urlencode([*pairs, ('cursor', cursor)])}")
