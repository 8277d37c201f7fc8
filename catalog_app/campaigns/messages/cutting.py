"""What can still be looked at in a template that cannot be read as a whole."""

import re
from typing import Final

_TAG: Final = re.compile(r"\{%[^{}]*%\}")


def without_tags(source: str) -> str:
    """Return the template with blanks in the place of its tags: what is left stands where it stood."""
    return _TAG.sub(lambda tag: re.sub(r"[^\n]", " ", tag.group()), source)
