"""What an operation of the JSON API takes and answers. Each room declares its own beside its views.

The declarations are plain values, read only where the OpenAPI document is made: no request pays for them.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import BaseModel
from sqlalchemy.orm import DeclarativeBase

from catalog_app.core.columns import UtcDateTime
from catalog_app.core.query import DEFAULT_LIMIT, MAX_LIMIT

JsonSchema = Mapping[str, Any]

TEXT: Final[JsonSchema] = {"type": "string"}
WHOLE: Final[JsonSchema] = {"type": "integer"}
TRUTH: Final[JsonSchema] = {"type": "boolean"}
OBJECT: Final[JsonSchema] = {"type": "object"}
MOMENT: Final[JsonSchema] = {"type": "string", "format": "date-time"}
MONEY: Final[JsonSchema] = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2,4}$"}
FLAG: Final[JsonSchema] = {"type": "string", "enum": ["true", "false", "1", "0", "yes", "no"]}


@dataclass(frozen=True)
class Parameter:
    """One parameter of the query; `repeats` where it may stand more than once."""

    name: str
    description: str
    schema: JsonSchema = field(default_factory=lambda: TEXT)
    repeats: bool = False


@dataclass(frozen=True)
class Schema:
    """A schema that others refer to by name, made when the document is: its own nested ones are kept under `$defs`."""

    name: str
    make: Callable[[], JsonSchema]

    @classmethod
    def of(cls, model: type[BaseModel], *, mode: Literal["validation", "serialization"] = "validation") -> "Schema":
        """Return the schema of what a model takes, or of what it gives."""
        return cls(model.__name__, lambda: model.model_json_schema(mode=mode))


@dataclass(frozen=True)
class Body:
    schema: Schema
    description: str = ""
    media_types: tuple[str, ...] = ("application/json",)
    example: Any = None
    required: bool = True


@dataclass(frozen=True)
class Reply:
    """A good answer; `headers` are those of OpenAPI's components (catalog_app/openapi/components.py)."""

    status: int
    description: str
    schema: Schema | None = None
    media_type: str = "application/json"
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """One method at one address: what it is for, what it takes, and what it answers beside the common problems."""

    tag: str
    summary: str
    replies: tuple[Reply, ...]
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    problems: Mapping[int, str] = field(default_factory=dict)
    takes_if_match: bool = False
    takes_if_none_match: bool = False


LIMIT_PARAMETER = Parameter(
    "limit",
    f"How many results a page holds; {DEFAULT_LIMIT} unless asked otherwise.",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
)
CURSOR_PARAMETER = Parameter(
    "cursor", "The place to go on from, as `next` names it. It belongs to the order it came from."
)
PAGING = (LIMIT_PARAMETER, CURSOR_PARAMETER)


def nullable(schema: JsonSchema) -> JsonSchema:
    """Return the schema of the same, or null."""
    if "enum" in schema:
        return {**schema, "type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}


def one_of(words: Collection[str]) -> JsonSchema:
    return {"type": "string", "enum": list(words)}


def list_of(schema: JsonSchema) -> JsonSchema:
    return {"type": "array", "items": schema}


def object_of(properties: Mapping[str, JsonSchema], *, optional: Collection[str] = ()) -> dict[str, Any]:
    """Return the schema of an object with exactly these members, all of them there but the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def page_of(item: JsonSchema, *, counted: bool = False) -> dict[str, Any]:
    """Return the schema of a page of a list."""
    properties: dict[str, JsonSchema] = {
        "results": list_of(item),
        "next": {"type": ["string", "null"], "format": "uri", "description": "The next page; null on the last one."},
    }
    if counted:
        properties["count"] = {"type": "integer", "minimum": 0, "description": "Only with `count=true`."}
    return object_of(properties, optional=("count",))


def columns_of(model: type[DeclarativeBase], names: Collection[str]) -> dict[str, JsonSchema]:
    """Return the schema of each of these columns as JSON shows it."""
    columns = model.__table__.columns
    return {name: _of_column(columns[name]) for name in names}


def _of_column(column: Any) -> JsonSchema:
    schema = MOMENT if isinstance(column.type, UtcDateTime) else _of_type(column.type)
    return nullable(schema) if column.nullable and schema else schema


def _of_type(kind: Any) -> JsonSchema:
    try:
        python = kind.python_type
    except NotImplementedError:
        return {}
    return _PYTHON.get(python, {})


_PYTHON: Final[Mapping[type, JsonSchema]] = {str: TEXT, int: WHOLE, bool: TRUTH, Decimal: MONEY, datetime: MOMENT}
