"""Reads the little of Salesforce's query language that reading a price list needs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
Condition = Callable[[Json], bool]

_QUERY = re.compile(
    r"\s*SELECT\s+(?P<fields>.+?)\s+FROM\s+(?P<object>\w+)"
    r"(?:\s+WHERE\s+(?P<where>.+?))?(?:\s+ORDER\s+BY\s+(?P<order>[\w\s,]+?))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(?P<field>[\w.]+)\s*(?P<operator>>=|<=|!=|=|>|<)\s*(?P<value>'(?:[^'\\]|\\.)*'|[^\s']+)")
_MEMBER = re.compile(r"Id\s+IN\s+\((?P<query>.+)\)", re.IGNORECASE | re.DOTALL)
_SUBQUERY = re.compile(r"\(\s*(SELECT\s.+?)\s*\)\s*(?=,|$)", re.IGNORECASE | re.DOTALL)
_AND = re.compile(r"\s+AND\s+(?![^(]*\))", re.IGNORECASE)


class SoqlError(Exception):
    """The query cannot be run; `code` is the system's own word for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Query:
    """A query: the fields of one object, its children, and which rows."""

    of: str
    fields: tuple[str, ...]
    children: tuple["Query", ...]
    conditions: tuple[Condition, ...]
    order: tuple[str, ...]
    member_of: "Query | None" = None

    def keeps(self, row: Json) -> bool:
        return all(condition(row) for condition in self.conditions)

    def selected(self, row: Json) -> Json:
        """Return the asked fields of a row; raises SoqlError for one that the object does not have."""
        return {"attributes": row["attributes"], **_nested({name: self._field(row, name) for name in self.fields})}

    def _field(self, row: Json, name: str) -> Any:
        try:
            return value_of(row, name)
        except KeyError:
            raise SoqlError("INVALID_FIELD", f"No such column '{name}' on entity '{self.of}'.") from None


def value_of(row: Mapping[str, Any], name: str) -> Any:
    """Return a field, however its name is spelled and however deep it lies; raises KeyError."""
    value: Any = row
    for part in name.split("."):
        by_name = {key.lower(): key for key in value}
        value = value[by_name[part.lower()]]
    return value


def read_query(text: str) -> Query:
    """Return the query that a text asks; raises SoqlError."""
    children = [read_query(found) for found in _SUBQUERY.findall(_select_list(text))]
    found = _QUERY.fullmatch(_without_children(text))
    if found is None:
        raise SoqlError("MALFORMED_QUERY", "unexpected token in the query")
    where = _AND.split(found["where"]) if found["where"] else []
    members = [match for match in map(_MEMBER.fullmatch, where) if match]
    return Query(
        of=found["object"],
        fields=tuple(name for part in found["fields"].split(",") if (name := part.strip())),
        children=tuple(children),
        conditions=tuple(_condition(part) for part in where if not _MEMBER.fullmatch(part)),
        order=tuple(part.split()[0] for part in (found["order"] or "").split(",") if part.strip()),
        member_of=read_query(members[0]["query"]) if members else None,
    )


def _select_list(text: str) -> str:
    """Return what stands between SELECT and its own FROM."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if not depth and re.match(r"\sFROM\s", text[place:], re.IGNORECASE):
            return text[:place].partition(" ")[2]
    return ""


def _without_children(text: str) -> str:
    fields = _select_list(text)
    return text.replace(fields, _SUBQUERY.sub("", fields).rstrip(", \n") or "Id", 1) if fields else text


def _nested(flat: Json) -> Json:
    row: Json = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        place = row
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return row


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text.strip()}'")
    field, compare, wanted = found["field"], _COMPARISONS[found["operator"]], _literal(found["value"])

    def keeps(row: Json) -> bool:
        try:
            value = value_of(row, field)
        except KeyError:
            raise SoqlError("INVALID_FIELD", f"No such column '{field}'.") from None
        return compare(datetime.fromisoformat(value) if isinstance(wanted, datetime) else value, wanted)

    return keeps


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Decimal(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: bool(value == wanted),
    "!=": lambda value, wanted: bool(value != wanted),
    ">=": lambda value, wanted: bool(value >= wanted),
    "<=": lambda value, wanted: bool(value <= wanted),
    ">": lambda value, wanted: bool(value > wanted),
    "<": lambda value, wanted: bool(value < wanted),
}
