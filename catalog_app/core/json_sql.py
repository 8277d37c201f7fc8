"""Questions to JSON columns that SQLite and PostgreSQL answer alike."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Text, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import false
from sqlalchemy.sql.functions import FunctionElement

from catalog_app.core.bulk_sql import json_text


def json_array_empty(column: Any) -> ColumnElement[bool]:
    """Return the condition that the JSON array holds nothing."""
    return _ArrayEmpty(column)


def json_array_has(column: Any, value: str) -> ColumnElement[bool]:
    """Return the condition that the JSON array holds this text."""
    return _ArrayHas(column, literal(value, Text()))


def json_array_has_number(column: Any, value: int) -> ColumnElement[bool]:
    """Return the condition that the JSON array holds this whole number."""
    return _ArrayHasNumber(column, literal(value, Integer()))


def json_array_has_object(column: Any, key: str, value: int) -> ColumnElement[bool]:
    """Return the condition that one of the objects in the JSON array has this whole number under this key."""
    return _ArrayHasObject(column, literal(key, Text()), literal(value, Integer()))


def json_array_has_any(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that the JSON array holds one of these texts; false where there are none."""
    texts = sorted(set(values))
    return _ArrayHas(column, *(literal(text, Text()) for text in texts)) if texts else false()


def json_array_has_one(column: Any, values: Iterable[ColumnElement[str]]) -> ColumnElement[bool]:
    """Return the same where the texts are expressions, such as parameters; there is at least one."""
    return _ArrayHas(column, *values)


def json_has_path(column: Any, *keys: str) -> ColumnElement[bool]:
    """Return the condition that the JSON object has this key within this key; null is a value."""
    return _HasPath(column, *(literal(key, Text()) for key in keys))


def json_object_empty(column: Any) -> ColumnElement[bool]:
    """Return the condition that the JSON object holds nothing."""
    return _ObjectEmpty(column)


def json_member_says(column: Any, key: str, value: str) -> ColumnElement[bool]:
    """Return the condition that one of the objects in this JSON object has this text under this key."""
    return _MemberSays(column, literal(key, Text()), literal(value, Text()))


def is_among(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column of text holds one of these, of which there may be thousands.

    They travel as one value, a JSON array: the statement is the same however many they are, and is written once.
    """
    # An operator of its own: around a function, SQLAlchemy writes "= 1" for SQLite, which then uses no index.
    among: ColumnElement[bool] = column.bool_op("IN")(_TextsOf(literal(json_text(list(values)), Text())))
    return among


def is_among_sent(column: Any, parameter: str) -> ColumnElement[bool]:
    """Return the same for a statement that is kept: the texts come with it, as the JSON array of this parameter."""
    among: ColumnElement[bool] = column.bool_op("IN")(_TextsOf(bindparam(parameter, type_=Text())))
    return among


class _Question(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


class _ArrayEmpty(_Question):
    name = "json_array_empty"
    inherit_cache = True


class _ArrayHas(_Question):
    name = "json_array_has"
    inherit_cache = True


class _ArrayHasNumber(_Question):
    name = "json_array_has_number"
    inherit_cache = True


class _ArrayHasObject(_Question):
    name = "json_array_has_object"
    inherit_cache = True


class _HasPath(_Question):
    name = "json_has_path"
    inherit_cache = True


class _ObjectEmpty(_Question):
    name = "json_object_empty"
    inherit_cache = True


class _MemberSays(_Question):
    name = "json_member_says"
    inherit_cache = True


class _TextsOf(FunctionElement[str]):
    name = "texts_of"
    type = Text()
    inherit_cache = True


def _parts(element: _Question, compiler: SQLCompiler, options: dict[str, Any]) -> tuple[str, list[str]]:
    column, *values = [compiler.process(clause, **options) for clause in element.clauses]
    return column, values


@compiles(_ArrayEmpty, "sqlite")
def _empty_sqlite(element: _ArrayEmpty, compiler: SQLCompiler, **options: Any) -> str:
    column, _ = _parts(element, compiler, options)
    return f"json_array_length({column}) = 0"


@compiles(_ArrayEmpty, "postgresql")
def _empty_postgresql(element: _ArrayEmpty, compiler: SQLCompiler, **options: Any) -> str:
    column, _ = _parts(element, compiler, options)
    return f"{column} = '[]'::jsonb"


@compiles(_ArrayHas, "sqlite")
def _has_sqlite(element: _ArrayHas, compiler: SQLCompiler, **options: Any) -> str:
    column, values = _parts(element, compiler, options)
    # The values are bound parameters; what is put together here are their names.
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS item WHERE item.value IN ({', '.join(values)}))"  # noqa: S608


@compiles(_ArrayHas, "postgresql")
def _has_postgresql(element: _ArrayHas, compiler: SQLCompiler, **options: Any) -> str:
    column, values = _parts(element, compiler, options)
    return f"({column} ?| ARRAY[{', '.join(values)}]::text[])"


@compiles(_ArrayHasNumber, "sqlite")
def _number_sqlite(element: _ArrayHasNumber, compiler: SQLCompiler, **options: Any) -> str:
    column, (value,) = _parts(element, compiler, options)
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS item WHERE item.value = {value})"  # noqa: S608  # the same


@compiles(_ArrayHasNumber, "postgresql")
def _number_postgresql(element: _ArrayHasNumber, compiler: SQLCompiler, **options: Any) -> str:
    column, (value,) = _parts(element, compiler, options)
    return f"({column} @> to_jsonb(CAST({value} AS integer)))"


@compiles(_ArrayHasObject, "sqlite")
def _object_sqlite(element: _ArrayHasObject, compiler: SQLCompiler, **options: Any) -> str:
    column, (key, value) = _parts(element, compiler, options)
    found = f"json_extract(item.value, '$.' || {key}) = {value}"
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS item WHERE {found})"  # noqa: S608  # the same


@compiles(_ArrayHasObject, "postgresql")
def _object_postgresql(element: _ArrayHasObject, compiler: SQLCompiler, **options: Any) -> str:
    column, (key, value) = _parts(element, compiler, options)
    return f"({column} @> jsonb_build_array(jsonb_build_object({key}::text, CAST({value} AS integer))))"


@compiles(_HasPath, "sqlite")
def _path_sqlite(element: _HasPath, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = _parts(element, compiler, options)
    path = " || ".join(["'$'", *(f"'.' || json_quote({key})" for key in keys)])
    return f"(json_type({column}, {path}) IS NOT NULL)"


@compiles(_HasPath, "postgresql")
def _path_postgresql(element: _HasPath, compiler: SQLCompiler, **options: Any) -> str:
    column, keys = _parts(element, compiler, options)
    return f"({column} #> ARRAY[{', '.join(keys)}]::text[] IS NOT NULL)"


@compiles(_ObjectEmpty, "sqlite")
def _no_member_sqlite(element: _ObjectEmpty, compiler: SQLCompiler, **options: Any) -> str:
    column, _ = _parts(element, compiler, options)
    return f"({column} = '{{}}')"


@compiles(_ObjectEmpty, "postgresql")
def _no_member_postgresql(element: _ObjectEmpty, compiler: SQLCompiler, **options: Any) -> str:
    column, _ = _parts(element, compiler, options)
    return f"({column} = '{{}}'::jsonb)"


@compiles(_MemberSays, "sqlite")
def _member_sqlite(element: _MemberSays, compiler: SQLCompiler, **options: Any) -> str:
    column, (key, value) = _parts(element, compiler, options)
    said = f"json_extract(member.value, '$.' || json_quote({key}))"
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS member WHERE {said} = {value})"  # noqa: S608  # names of parameters


@compiles(_MemberSays, "postgresql")
def _member_postgresql(element: _MemberSays, compiler: SQLCompiler, **options: Any) -> str:
    column, (key, value) = _parts(element, compiler, options)
    return f"EXISTS (SELECT 1 FROM jsonb_each({column}) AS member WHERE member.value ->> {key} = {value})"  # noqa: S608  # the same


@compiles(_TextsOf, "sqlite")
def _texts_sqlite(element: _TextsOf, compiler: SQLCompiler, **options: Any) -> str:
    values = compiler.process(element.clauses, **options)
    return f"(SELECT value FROM json_each({values}))"  # noqa: S608  # the name of a parameter


@compiles(_TextsOf, "postgresql")
def _texts_postgresql(element: _TextsOf, compiler: SQLCompiler, **options: Any) -> str:
    values = compiler.process(element.clauses, **options)
    return f"(SELECT jsonb_array_elements_text(CAST({values} AS jsonb)))"
