"""The rows of a file that came to nothing, as they were uploaded, each with the reason: to be corrected and sent again."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from catalog_app.core.db import db
from catalog_app.edits.imports.files import opened
from catalog_app.edits.imports.reading import CLEARS
from catalog_app.edits.models import SET_ASIDE, EditChange, EditPlan
from catalog_app.products.tables.harmless import original
from catalog_app.products.tables.open_table import open_table
from catalog_app.products.tables.table import Table
from catalog_app.products.tables.writing import Written, csv_lines

_AT_ONCE: Final = 500
Reason = tuple[int, str]


def rejected_rows(plan: EditPlan, heads: Sequence[str], labels: Mapping[str, str]) -> Generator[bytes]:
    """Yield as CSV the rows that a plan set aside; `heads` name the columns of the line and the reason.

    The iterator holds the file and a connection of its own from its first step on, and is to be closed.
    """
    request = plan.request
    with opened(request["file_id"]) as file, db.engine.connect() as connection:
        table = open_table(file, encoding=request.get("encoding"), delimiter=request.get("delimiter"))
        yield from csv_lines([*table.columns, *heads], _rows(table, _reasons(connection, plan.id, labels)))


def _rows(table: Table, reasons: Iterator[Reason]) -> Iterator[Sequence[Any]]:
    """Yield the rows that have a reason; both come in the order of their lines."""
    wanted = next(reasons, None)
    for line in table.lines():
        if wanted is None:
            return
        if line.number == wanted[0]:
            cells = [_again(line.cells[name], table) if name in line.cells else None for name in table.columns]
            yield [*cells, *wanted]
            wanted = next(reasons, None)


def _again(cell: Any, table: Table) -> Any:
    """Return what makes the same cell again: one that clears stays as it is, also where it was null in JSON."""
    if table.kind == "ndjson":
        return Written(CLEARS) if cell is None else cell
    if not isinstance(cell, str):
        return cell
    return Written(CLEARS) if cell.strip() == CLEARS else original(cell)


def _reasons(connection: Connection, plan_id: int, labels: Mapping[str, str]) -> Iterator[Any]:
    """Yield the line and the reason of each row that was set aside."""
    query = (
        select(EditChange.line, EditChange.field, EditChange.reason)
        .where(EditChange.plan_id == plan_id, EditChange.kind == SET_ASIDE, EditChange.line.is_not(None))
        .order_by(EditChange.line)
    )
    for line, field, reason in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        label = labels.get((field or "").partition(".")[0])
        yield line, f"{label}: {reason}" if label else reason or ""
