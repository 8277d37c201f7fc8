"""Passwords that came out elsewhere, looked up in a file of their SHA-1 hashes: no password leaves this machine.

The file is one that Have I Been Pwned gives away ("ordered by hash"): a hash in capitals a line, a colon and a count
behind it. It may have tens of gigabytes; a look-up reads some thirty short pieces of it.
"""

import hashlib
from pathlib import Path
from typing import BinaryIO, Final

_HASH: Final = 40
_LONGEST_LINE: Final = 128


def is_breached(password: str, file: Path) -> bool:
    """Return whether the file names this password; raise OSError where it cannot be read."""
    wanted = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        low, high = 0, lines.seek(0, 2)
        # The first line that begins in [low, high) and does not come before the wanted one is what is looked for.
        while high - low > _LONGEST_LINE:
            middle = (low + high) // 2
            if _line_from(lines, middle)[:_HASH] < wanted:
                low = middle
            else:
                high = middle
        lines.seek(max(0, low - _LONGEST_LINE))
        piece = lines.read(high - low + 3 * _LONGEST_LINE).upper()
    return any(line[:_HASH] == wanted for line in piece.split(b"\n"))


def _line_from(lines: BinaryIO, place: int) -> bytes:
    """Return the first line that begins behind this place; past the last one what is greater than every hash."""
    lines.seek(place)
    lines.readline(_LONGEST_LINE)
    return lines.readline(_LONGEST_LINE).upper() or b"~"
