"""What every operation shares: the problem, the headers, and the way in."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.core.operations import JsonSchema

BEARER: Final = "bearer"
SECURITY: Final[Mapping[str, Any]] = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, made on the settings page or by `flask tokens create`; it has scopes.",
    }
}
PROBLEM: Final[JsonSchema] = {
    "type": "object",
    "description": "RFC 9457.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "outcome": {
            "type": "string",
            "enum": ["unknown"],
            "description": "The database went away before it said whether the change was saved.",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer to what is at fault."},
                    "code": {"type": "string", "description": "The kind of fault."},
                    "message": {"type": "string"},
                },
                "required": ["pointer", "code", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "request_id"],
}
HEADERS: Final[Mapping[str, Any]] = {
    "ETag": {"description": "The version, as a strong entity tag.", "schema": {"type": "string"}},
    "Link": {"description": 'The next page as `rel="next"`, where there is one.', "schema": {"type": "string"}},
    "Location": {"description": "The address of what was made or asked for.", "schema": {"type": "string"}},
    "Retry-After": {"description": "In how many seconds to try again.", "schema": {"type": "string"}},
    "Allow": {"description": "The methods that this address takes.", "schema": {"type": "string"}},
}
ALWAYS: Final[Mapping[int, str]] = {
    400: "The request or a parameter of it cannot be understood.",
    401: "There is no token, or none that is good.",
    403: "The token lacks the scope.",
    429: "That was too often; `Retry-After` says when to try again.",
    503: "The database does not answer now. Nothing was changed, unless `outcome` says `unknown`: look before you repeat it.",
}
WITH_BODY: Final[Mapping[int, str]] = {
    413: "The body is larger than is taken here.",
    415: "The body is of a type that is not taken here.",
    422: "Fields break rules; nothing was saved.",
    507: "There is no room left where the database lies; nothing was saved. Reading goes on.",
}
NOT_FOUND: Final[Mapping[int, str]] = {404: "There is no such thing."}
STALE: Final[Mapping[int, str]] = {412: "`If-Match` names another version than the one that stands."}
IDEMPOTENT: Final[Mapping[int, str]] = {
    409: "A request with this `Idempotency-Key` is still being answered.",
    422: "This `Idempotency-Key` came with another body before.",
}
IF_MATCH: Final[Mapping[str, Any]] = {
    "name": "If-Match",
    "in": "header",
    "description": "The version that is changed, as its ETag; without it any is.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH: Final[Mapping[str, Any]] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The version that is known already, as its ETag: the answer is 304 while it stands.",
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY: Final[Mapping[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A text of your own for this request: sent again with it, the first answer comes again for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def problem_reply(description: str, *headers: str) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if headers:
        reply["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return reply
