"""What a cell says as text, and what a field's column means by it; a workbook has numbers and dates of its own."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from catalog_app.core.errors import Sentence
from catalog_app.core.json_values import moment_text
from catalog_app.products.tables.harmless import original

_EXACT_DIGITS: Final = 15


def typed(cell: Any) -> str:
    """Return a cell as somebody would have typed it: the text that was made harmless, a number, a moment in UTC.

    Raises ValueError for a number so long that the spreadsheet which kept it has rounded it.
    """
    match cell:
        case str():
            return original(cell)
        case bool():
            return "true" if cell else "false"
        case int() | Decimal():
            if len(str(abs(int(cell)))) > _EXACT_DIGITS:
                raise ValueError(
                    Sentence("A spreadsheet has rounded this number. Format the column as text, and type it again.")
                )
            return format(cell, "f") if isinstance(cell, Decimal) else str(cell)
        case datetime():
            return moment_text(cell)
        case _:
            return str(cell)


def as_it_stands(cell: Any) -> str:
    """Return what a person would look for in the file to find this cell again."""
    match cell:
        case str():
            return cell
        case dict() | list():
            return json.dumps(cell, default=str)
        case None:
            return "null"
    try:
        return typed(cell)
    except ValueError:
        return str(cell)


def joined(keys: Iterable[str]) -> str:
    """Return short keys as one cell."""
    return "; ".join(keys)


def parted(text: str) -> list[str]:
    """Return what stands in a cell that lists several things, parted by semicolons or by commas."""
    parts = text.split(";") if ";" in text else text.split(",")
    return [part.strip() for part in parts if part.strip()]
