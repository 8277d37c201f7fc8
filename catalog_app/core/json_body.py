"""JSON that a client sends: an object, decoded without loss, or refused before anybody looks inside."""

from http import HTTPStatus
from typing import Any, NoReturn

from flask import abort, request

from catalog_app.core.problems import problem
from catalog_app.core.strict_json import StrictJsonError, canonical, decode_part

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
MAX_DEPTH = 20
ESCAPE = b"\\u"


def json_object(*content_types: str) -> dict[str, Any]:
    """Return the body of this request, a JSON object; amounts come as Decimal with every digit.

    `content_types` are those that may be sent, plain JSON unless said otherwise. Ends the request with 415 for
    another type, 413 for a body that is too large, and 400 for what is not strict JSON: a key that stands twice,
    NaN, another encoding than UTF-8, half a surrogate pair, more than 20 levels.
    """
    _check_type(content_types or (JSON,))
    body = request.get_data(cache=False)
    try:
        value = decode_part(body)
        # Half a surrogate pair is no UTF-8; it comes written as an escape, or not at all.
        if ESCAPE in body:
            canonical(value)
    except StrictJsonError as fault:
        _refuse(f"The body {fault}.")
    if not isinstance(value, dict):
        _refuse("The body is not a JSON object.")
    if _is_deeper(value, MAX_DEPTH):
        _refuse(f"The body is nested more than {MAX_DEPTH} levels deep.")
    return value


def _check_type(content_types: tuple[str, ...]) -> None:
    encoding = request.headers.get("Content-Encoding", "identity")
    if request.mimetype not in content_types or encoding.lower() != "identity":
        detail = f"Send the body as {' or '.join(content_types)}, uncompressed; say so in Content-Type."
        name = "Accept-Patch" if request.method == "PATCH" else "Accept"
        abort(problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, headers={name: ", ".join(content_types)}))


def _refuse(detail: str) -> NoReturn:
    abort(problem(HTTPStatus.BAD_REQUEST, detail))


def _is_deeper(value: Any, levels: int) -> bool:
    nodes = [value]
    for _ in range(levels):
        nodes = [child for node in nodes for child in _children(node) if isinstance(child, dict | list)]
    return bool(nodes)


def _children(node: dict[str, Any] | list[Any]) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node
