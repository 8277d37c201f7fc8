"""Which language a customer is written to in: their own, else a close one, else the fallback of the campaign."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Worded(Protocol):
    """What the choice of a language reads of a campaign."""

    @property
    def messages(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]: ...
    @property
    def fallback_language(self) -> str: ...


@dataclass(frozen=True)
class Chosen:
    """The texts of a message in one language."""

    language: str
    parts: Mapping[str, str]


def message_for(campaign: Worded, channel: str, language: str | None) -> Chosen | None:
    """Return the message of a channel for a customer of this language; None where the channel has none to send.

    "ar-SA" is served by itself, by "ar", by another "ar-..", and then by the fallback of the campaign.
    """
    written = campaign.messages.get(channel) or {}
    for wanted in (language, campaign.fallback_language):
        found = closest(wanted, written)
        if found is not None and written[found]:
            return Chosen(found, written[found])
    return None


def closest(language: str | None, at_hand: Iterable[str]) -> str | None:
    """Return the one of these languages that serves a reader of `language`, None where none does."""
    if not language:
        return None
    wanted = _folded(language)
    known = {_folded(one): one for one in at_hand}
    if wanted in known:
        return known[wanted]
    base = wanted.partition("-")[0]
    if base in known:
        return known[base]
    return next((one for folded, one in sorted(known.items()) if folded.partition("-")[0] == base), None)


def _folded(language: str) -> str:
    return language.replace("_", "-").lower()
