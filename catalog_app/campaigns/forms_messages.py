"""The words of a campaign as its form holds them: a text for each part, in each language, for each channel."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from catalog_app.campaigns.messages.parts import PARTS

PREFIX: Final = "message."
MAX_LANGUAGES: Final = 20
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST_TAG: Final = 10

Given = MultiDict[str, str]
Key = tuple[str, str, str]
"""Channel, language and part of one text."""


@dataclass
class TypedMessages:
    """The channels and languages of a form in their order, and every text in it.

    What was typed for a channel or a language that was taken out again stays in `texts`: it is back when that is.
    """

    channels: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    texts: dict[Key, str] = field(default_factory=dict)
    # What the rules say against a text, by "channel.language.part".
    faults: dict[str, str] = field(default_factory=dict)
    unknown_language: str = ""

    @classmethod
    def of(cls, messages: Mapping[str, Any], channels: Iterable[str], fallback: str) -> "TypedMessages":
        """Return the words of a campaign as its form shows them before anybody has typed."""
        texts = {
            (channel, language, part): text
            for channel, languages in messages.items()
            for language, parts in languages.items()
            for part, text in parts.items()
        }
        spoken = [fallback, *(language for _, language, _ in texts)]
        return cls(list(channels), list(dict.fromkeys(spoken)), texts)

    @classmethod
    def typed(cls, given: Given) -> "TypedMessages":
        """Return what a form says, with what its buttons ask for done."""
        texts = {key: _lines(text) for name, text in given.items() if (key := _key(name)) is not None}
        channels = [channel for channel in dict.fromkeys(given.getlist("channel")) if channel in PARTS]
        languages = [tag for tag in dict.fromkeys(given.getlist("language")) if is_language(tag)]
        typed = cls(channels, languages[:MAX_LANGUAGES], texts)
        typed._change(given)  # its own
        return typed

    def _change(self, given: Given) -> None:
        added, removed = given.get("add_channel", ""), given.get("remove_channel", "")
        if added in PARTS and added not in self.channels:
            self.channels.append(added)
        if removed in self.channels:
            self.channels.remove(removed)
        wanted = given.get("add_language", "").strip() or given.get("new_language", "").strip()
        if wanted and not is_language(tag := _tag(wanted)):
            self.unknown_language = wanted
        elif wanted and tag not in self.languages and len(self.languages) < MAX_LANGUAGES:
            self.languages.append(tag)
        gone = given.get("remove_language", "")
        if gone in self.languages and len(self.languages) > 1:
            self.languages.remove(gone)

    def is_faulty(self, channel: str, language: str | None = None) -> bool:
        """Return whether a rule speaks against a text of this channel, or of this language of it."""
        begins = f"{channel}.{language}." if language else f"{channel}."
        return any(name.startswith(begins) for name in self.faults)

    def text(self, channel: str, language: str, part: str) -> str:
        return self.texts.get((channel, language, part), "")

    def value(self) -> dict[str, dict[str, dict[str, str]]]:
        """Return the words as a campaign keeps them; a language without a word in a channel is left to the fallback."""
        return {channel: said for channel in self.channels if (said := dict(self._said(channel)))}

    def aside(self) -> list[tuple[str, str]]:
        """Return the fields of what was taken out, to travel along hidden."""
        return [
            (field_name(*key), text)
            for key, text in self.texts.items()
            if text and (key[0] not in self.channels or key[1] not in self.languages)
        ]

    def _said(self, channel: str) -> Iterator[tuple[str, dict[str, str]]]:
        for language in self.languages:
            parts = {part.name: self.text(channel, language, part.name) for part in PARTS[channel]}
            if any(text.strip() for text in parts.values()):
                yield language, {name: text for name, text in parts.items() if text.strip()}


def field_name(channel: str, language: str, part: str) -> str:
    """Return what the form calls the text of a part: message.sms.en.body."""
    return f"{PREFIX}{channel}.{language}.{part}"


def _tag(text: str) -> str:
    """Return the tag of a language as it is written: "FR-CA" is fr-CA."""
    language, hyphen, region = text.partition("-")
    return f"{language.lower()}{hyphen}{region}"


def is_language(tag: str) -> bool:
    """Return whether this may name a language, such as en or pt-BR."""
    return len(tag) <= _LONGEST_TAG and _LANGUAGE.fullmatch(tag) is not None


def _key(name: str) -> Key | None:
    match name.removeprefix(PREFIX).split(".") if name.startswith(PREFIX) else ():
        case [channel, language, part] if channel in PARTS and is_language(language):
            return (channel, language, part) if any(one.name == part for one in PARTS[channel]) else None
    return None


def _lines(text: str) -> str:
    """Return a text with the line ends that it had when it was read: browsers send two characters for each."""
    return text.replace("\r\n", "\n")
