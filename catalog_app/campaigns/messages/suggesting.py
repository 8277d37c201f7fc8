"""What somebody probably meant who wrote a name that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 100
LIKE = 0.6
VERY_LIKE = 0.8


def meant(written: str, known: Iterable[str], *, likeness: float = LIKE) -> str | None:
    """Return the known name that is most like what was written, None where none is near."""
    if len(written) > _LONGEST:
        return None
    found = get_close_matches(written.lower(), sorted(known), n=1, cutoff=likeness)
    return found[0] if found else None
