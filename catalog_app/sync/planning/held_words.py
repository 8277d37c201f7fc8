"""Why a plan is held, in words. What a guard found is kept as figures; the words are made when somebody reads them."""

from collections.abc import Iterator, Mapping
from typing import Any

_SENTENCES = {
    "empty": "{label} answered without a single product; {of} are here.",
    "withdraw": (
        "{count} of {of} products that {label} offers would stop being offered: {percent} %, the guard is {limit} %."
    ),
    "change": "{count} of {of} products would change: {percent} %, the guard is {limit} %.",
    "reject": "{count} of {of} records were rejected: {percent} %, the guard is {limit} %.",
}


def sentence(reason: Mapping[str, Any] | str, label: str) -> str:
    """Return what a guard says of a plan of the system with this label; an old reason is a sentence already."""
    if isinstance(reason, str):
        return reason
    return _SENTENCES[reason["guard"]].format(label=label, **reason)


def sentences(reasons: list[Any], label: str) -> Iterator[str]:
    return (sentence(reason, label) for reason in reasons)
