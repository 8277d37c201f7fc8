"""How a value stands in a backup: as text, as a whole number or as nothing, the same from either database.

truth: 0 or 1 · moment: `2026-11-23 21:05:00.123456` in UTC · day: `2026-11-23` · amount: ten-thousandths · json: its
text · bytes: Base64 · real: as `float.hex` writes it, which is exact and knows infinity.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, Literal

import orjson
from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, LargeBinary

from catalog_app.core.columns import AMOUNT_SCALE, Amount, UtcDateTime

Kind = Literal["text", "number", "truth", "moment", "day", "amount", "json", "bytes", "real"]
Cell = str | int | None
Turn = Callable[[Any], Any]

_KINDS: Final[tuple[tuple[type[Any], Kind], ...]] = (
    (UtcDateTime, "moment"),
    (Amount, "amount"),
    (JSON, "json"),
    (Boolean, "truth"),
    (Date, "day"),
    (LargeBinary, "bytes"),
    (Float, "real"),
    (Integer, "number"),
)
_READ_POSTGRESQL: Final[dict[Kind, str]] = {
    "truth": "{}::integer",
    "moment": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "day": "to_char({}, 'YYYY-MM-DD')",
    "amount": f"({{}} * {10**AMOUNT_SCALE})::bigint",
    "json": "{}::text",
}


def kind_of(column: Column[Any]) -> Kind:
    """Return how the values of a column stand in a backup."""
    return next((kind for family, kind in _KINDS if isinstance(column.type, family)), "text")


def quoted(name: str) -> str:
    return f'"{name}"'


def selected(name: str, kind: Kind, *, from_postgresql: bool) -> str:
    """Return the expression that reads the column; SQLite keeps nearly everything as a backup does."""
    return _READ_POSTGRESQL.get(kind, "{}").format(quoted(name)) if from_postgresql else quoted(name)


def to_cell(kind: Kind, *, from_postgresql: bool) -> Turn | None:
    """Return what makes a cell of a value that was read and is not None; None where it is one already."""
    if kind == "bytes":
        return _base64
    if kind == "real":
        return float.hex
    return _compact if kind == "json" and from_postgresql else None


def from_cell(kind: Kind, *, to_postgresql: bool) -> Turn | None:
    """Return what makes a value that the database takes of a cell that is not None; None where it is one already."""
    return (_TO_POSTGRESQL if to_postgresql else _TO_SQLITE).get(kind)


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


def _compact(text: str) -> str:
    """Return JSON as SQLite keeps it. PostgreSQL writes a space after each comma and colon, so most has none."""
    return orjson.dumps(orjson.loads(text)).decode() if " " in text else text


_TO_POSTGRESQL: Final[dict[Kind, Turn]] = {
    "truth": lambda cell: "t" if cell else "f",
    "moment": lambda cell: f"{cell}+00",
    "amount": lambda cell: str(Decimal(cell).scaleb(-AMOUNT_SCALE)),
    "bytes": lambda cell: "\\x" + b64decode(cell, validate=True).hex(),
    "real": lambda cell: repr(float.fromhex(cell)),
}
_TO_SQLITE: Final[dict[Kind, Turn]] = {
    "bytes": lambda cell: b64decode(cell, validate=True),
    "real": float.fromhex,
}
