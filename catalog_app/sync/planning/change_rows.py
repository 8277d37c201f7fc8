"""The rows of a plan as the database stores them; each JSON is written out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection, Table

from catalog_app.core.bulk_sql import Stored, encoders, insert_rows, json_text, update_rows
from catalog_app.core.db import Base
from catalog_app.core.strict_json import storable
from catalog_app.core.text import MAX_EXACT
from catalog_app.sync.models import CREATE, SyncChange
from catalog_app.sync.planning.deciding import Decided

CHANGE: Table = Base.metadata.tables[SyncChange.__tablename__]

MAX_FIELD = 100
_DECIDED = ("kind", "product_id", "base_version", "field", "reason", "before", "after", "conflicts")
_COLUMNS = (
    "run_id", *_DECIDED, "external_product_id", "name", "said", "raw", "source_hash", "source_updated_at", "remap_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Staged:
    """What a record said, beside what was decided about it. `said` is JSON text, like `raw`."""

    external_product_id: str | None
    name: str | None
    said: str | None
    raw: str | None
    source_hash: str | None = None
    source_updated_at: datetime | None = None
    remap_at: datetime | None = None


class ChangeRows:
    """Writes the rows of one run inside the caller's transactions."""

    def __init__(self, connection: Connection, run_id: int) -> None:
        self._connection = connection
        self._run_id = run_id
        moment = encoders(CHANGE, connection.dialect)["remap_at"]
        self._moment = moment or str

    def insert(self, changes: Sequence[tuple[Staged, Decided]]) -> None:
        insert_rows(self._connection, CHANGE, _COLUMNS, [self._row(*change) for change in changes])

    def decide_again(self, decided: Mapping[int, Decided]) -> None:
        """Put other decisions into rows that are there, by id."""
        rows = [[*_decided(one, said=None), number] for number, one in decided.items()]
        update_rows(self._connection, CHANGE, _DECIDED, rows, versioned=False)

    def _row(self, staged: Staged, decided: Decided) -> list[Stored]:
        return [
            self._run_id,
            *_decided(decided, said=staged.said),
            staged.external_product_id,
            staged.name,
            staged.said,
            staged.raw,
            staged.source_hash,
            self._stored(staged.source_updated_at),
            self._stored(staged.remap_at),
        ]

    def _stored(self, moment: datetime | None) -> Stored:
        return None if moment is None else self._moment(moment)


def raw_text(raw: Any) -> str:
    """Return a raw record as JSON that both databases take, for people to look at; every digit of it is kept.

    A number that JSON readers would round becomes its text.
    """
    try:
        text = orjson.dumps(raw, default=_digits, option=orjson.OPT_STRICT_INTEGER).decode()
    except orjson.JSONEncodeError:
        text = ""
    if text.startswith("{") and "\\u0000" not in text:
        return text
    safe = _plain_numbers(storable(raw))
    return json_text(safe if isinstance(safe, dict) else {"record": safe})


def _digits(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(item) for item in value]
    if isinstance(value, Decimal) or (isinstance(value, int) and abs(value) > MAX_EXACT):
        return str(value)
    return value


def _decided(decided: Decided, *, said: str | None) -> list[Stored]:
    # What a new product is like is all that its source says of it, which stands in `said`.
    is_all = decided.kind == CREATE and said is not None
    after = None if is_all else json_text(decided.after)
    conflicts = json_text(decided.conflicts) if decided.conflicts else None
    return [
        decided.kind,
        decided.product_id,
        decided.base_version,
        # A file may name a column as it likes.
        decided.field and storable(decided.field)[:MAX_FIELD],
        decided.reason and storable(decided.reason),
        json_text(decided.before),
        after,
        conflicts,
    ]
