"""What templates may see of what somebody sent: text, numbers, truths, short lists and groups of them, and no more."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

MAX_TEXT: Final = 5_000
MAX_ENTRIES: Final = 100
MAX_DEPTH: Final = 4

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+-]*):", re.IGNORECASE)
_HARMLESS: Final = frozenset({"http", "https", "mailto", "tel", "sms"})


def plain_data(value: Any, key: str = "", depth: int = 0) -> Any:
    """Return the value as a template may see it, None where it may not.

    Long texts, long lists and deep groups are left out, and so is what calls itself a URL and would run a script
    where it stands in a link.
    """
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT and (not is_link(key) or _is_harmless(value)) else None
    if value is None or isinstance(value, bool | int | Decimal | float):
        return value
    if depth >= MAX_DEPTH or not isinstance(value, Mapping | list | tuple) or len(value) > MAX_ENTRIES:
        return None
    if isinstance(value, Mapping):
        return plain_group(value, depth + 1)
    return [plain_data(one, key, depth + 1) for one in value]


def plain_group(values: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Return the entries that a template may see. What has no value is no entry: its use is a fault, not a gap."""
    seen = ((str(key), plain_data(value, str(key), depth)) for key, value in values.items())
    return {key: value for key, value in seen if value is not None and value != ""}


def is_link(key: str) -> bool:
    return key == "url" or key.endswith("_url")


def _is_harmless(url: str) -> bool:
    # A browser reads over blanks and line breaks in a scheme, so they hide none.
    found = _SCHEME.match("".join(url.split()))
    return found is None or found.group(1).lower() in _HARMLESS
