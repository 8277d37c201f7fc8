"""Text that a spreadsheet would take for a formula: made harmless in a file, and equal again when it is read.

An apostrophe is put before it. So that every text comes back, also one that truly begins with an apostrophe, it is
put before a text that begins with apostrophes and then such a sign too; reading takes one away.
"""

import re
from typing import Final

# What Excel, LibreOffice and Google Sheets begin a formula with; the wide forms count where the keyboard is Japanese.
_SIGNS: Final = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_DANGEROUS: Final = re.compile(f"'*[{_SIGNS}]")
_MADE_HARMLESS: Final = re.compile(f"'+[{_SIGNS}]")


def harmless(text: str) -> str:
    """Return a text as a cell holds it, so that no spreadsheet runs it."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def original(cell: str) -> str:
    """Return the text that `harmless` made this cell of."""
    return cell[1:] if _MADE_HARMLESS.match(cell) else cell
