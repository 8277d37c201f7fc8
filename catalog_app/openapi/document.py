"""The OpenAPI 3.1 document, made from the routes themselves and from what the rooms declare of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from catalog_app.accounts.guard import Access, access_to
from catalog_app.campaigns.api.operations import OPERATIONS as CAMPAIGNS
from catalog_app.contacts.api.operations import OPERATIONS as CONTACTS
from catalog_app.core.operations import Body, Operation, Parameter, Reply, Schema
from catalog_app.core.routing import LARGEST_ID
from catalog_app.events.webhooks.operations import OPERATIONS as WEBHOOKS
from catalog_app.openapi import components
from catalog_app.products.api.operations import OPERATIONS as PRODUCTS
from catalog_app.recommendations.api.operations import OPERATIONS as RECOMMENDATIONS
from catalog_app.sync.operations import OPERATIONS as SYNCS

API: Final = "/api/"
OPERATIONS: Final[Mapping[str, Operation]] = {
    **PRODUCTS,
    **SYNCS,
    **WEBHOOKS,
    **CONTACTS,
    **CAMPAIGNS,
    **RECOMMENDATIONS,
}
TAGS: Final = ("Products", "Syncs", "External systems", "Webhooks", "Contacts", "Campaigns", "Next best offer")
_NOT_DESCRIBED: Final = ("openapi.", "static")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PLACE: Final = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


@dataclass(frozen=True)
class Route:
    """One method at one address of the JSON API."""

    endpoint: str
    method: str
    path: str
    rule: Rule
    access: Access | None

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of which a token needs one."""
        return (self.access.needs, *self.access.instead) if self.access else ()


def api_routes(app: Flask) -> Iterator[Route]:
    """Yield every route of the JSON API, in the order of the addresses; HEAD and OPTIONS follow from the others."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not rule.rule.startswith(API) or rule.endpoint.startswith(_NOT_DESCRIBED):
            continue
        path = _PLACE.sub(r"{\1}", rule.rule)
        for method in _METHODS:
            if method in (rule.methods or ()):
                yield Route(rule.endpoint, method, path, rule, access_to(app, rule.endpoint))


def document(app: Flask, *, version: str) -> dict[str, Any]:
    """Return the document of every route that is declared; a test names those that are not."""
    schemas = _Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for route in api_routes(app):
        if operation := OPERATIONS.get(route.endpoint):
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Product Catalog",
            "version": version,
            "description": "Products of an operator: read, targeted, synced, followed. docs/api.md is the guide.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in TAGS],
        "paths": paths,
        "components": {
            "schemas": {"Problem": components.PROBLEM, **schemas.made},
            "headers": components.HEADERS,
            "securitySchemes": components.SECURITY,
        },
    }


class _Schemas:
    """The schemas that operations refer to, each made once."""

    def __init__(self) -> None:
        self.made: dict[str, Any] = {}

    def ref(self, schema: Schema) -> dict[str, str]:
        if schema.name not in self.made:
            self.made[schema.name] = {}
            made = dict(schema.make())
            nested = made.pop("$defs", {})
            self.made[schema.name] = _referring(made, schema.name)
            for name, inner in nested.items():
                self.made[f"{schema.name}.{name}"] = _referring(inner, schema.name)
        return {"$ref": f"#/components/schemas/{schema.name}"}


def _referring(node: Any, owner: str) -> Any:
    """Return a schema whose references to its own nested ones lead to where these are kept."""
    if isinstance(node, list):
        return [_referring(item, owner) for item in node]
    if not isinstance(node, dict):
        return node
    place = node.get("$ref")
    moved = {name: _referring(item, owner) for name, item in node.items()}
    if isinstance(place, str) and place.startswith("#/$defs/"):
        moved["$ref"] = f"#/components/schemas/{owner}.{place.removeprefix('#/$defs/')}"
    return moved


def _operation(route: Route, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.endpoint.replace("_api.", "_"),
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [*_places(route), *map(_parameter, operation.parameters), *_headers(route, operation)],
        "responses": _responses(route, operation, schemas),
        "security": [{components.BEARER: [scope]} for scope in route.scopes],
    }
    scope = f"Needs a token with the scope {' or '.join(f'`{name}`' for name in route.scopes)}."
    described["description"] = f"{operation.description} {scope}".strip()
    if operation.body:
        described["requestBody"] = _body(operation.body, schemas)
    return described


def _places(route: Route) -> Iterator[dict[str, Any]]:
    for name in sorted(route.rule.arguments):
        is_number = isinstance(route.rule._converters[name], IntegerConverter)  # noqa: SLF001  # there is no other way
        number = {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}
        schema = number if is_number else {"type": "string", "minLength": 1, "pattern": "^[a-z0-9_-]+$"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described = {"name": parameter.name, "in": "query", "description": parameter.description}
    if not parameter.repeats:
        return {**described, "allowEmptyValue": True, "schema": parameter.schema}
    return {**described, "explode": True, "schema": {"type": "array", "items": parameter.schema}}


def _headers(route: Route, operation: Operation) -> Iterator[Mapping[str, Any]]:
    if operation.takes_if_none_match:
        yield components.IF_NONE_MATCH
    if operation.takes_if_match:
        yield components.IF_MATCH
    if route.method == "POST":
        yield components.IDEMPOTENCY_KEY


def _body(body: Body, schemas: _Schemas) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": schemas.ref(body.schema)}
    if body.example is not None:
        content["example"] = body.example
    described = {"required": body.required, "content": dict.fromkeys(body.media_types, content)}
    return {**described, "description": body.description} if body.description else described


def _responses(route: Route, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    replies = {str(reply.status): _reply(reply, schemas) for reply in operation.replies}
    if operation.takes_if_none_match:
        replies["304"] = {"description": "It is as it was."}
    retry = {429: ("Retry-After",), 503: ("Retry-After",)}
    problems = {
        str(status): components.problem_reply(words, *retry.get(status, ()))
        for status, words in _problems(route, operation).items()
    }
    return dict(sorted({**replies, **problems}.items()))


def _problems(route: Route, operation: Operation) -> dict[int, str]:
    found: dict[int, str] = dict(components.ALWAYS)
    if route.method == "POST":
        found |= components.IDEMPOTENT
    if operation.body:
        found |= components.WITH_BODY
    if route.rule.arguments:
        found |= components.NOT_FOUND
    if operation.takes_if_match:
        found |= components.STALE
    return {**found, **operation.problems}


def _reply(reply: Reply, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {"description": reply.description}
    if reply.schema:
        described["content"] = {reply.media_type: {"schema": schemas.ref(reply.schema)}}
    if reply.headers:
        described["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in reply.headers}
    return described
