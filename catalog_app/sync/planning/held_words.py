"""Why a plan is held, in words. What a guard found is kept as figures; the words are made when somebody reads them."""

from collections.abc import Iterator, Mapping
from typing import Any

from catalog_app.core.errors import Sentence

_SENTENCES = {
    "empty": Sentence("%(label)s answered without a single product; %(of)s are here."),
    "withdraw": Sentence(
        "%(count)s of %(of)s products that %(label)s offers would stop being offered: %(percent)s %%, the guard is %(limit)s %%."
    ),
    "change": Sentence("%(count)s of %(of)s products would change: %(percent)s %%, the guard is %(limit)s %%."),
    "reject": Sentence("%(count)s of %(of)s records were rejected: %(percent)s %%, the guard is %(limit)s %%."),
}


def sentence(reason: Mapping[str, Any] | str, label: str) -> str:
    """Return what a guard says of a plan of the system with this label; an old reason is a sentence already."""
    if isinstance(reason, str):
        return reason
    return Sentence(_SENTENCES[reason["guard"]].template, label=label, **reason)


def sentences(reasons: list[Any], label: str) -> Iterator[str]:
    return (sentence(reason, label) for reason in reasons)
