"""One message of a campaign as pre-flight has it before it: read, with the values that it is tried with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from catalog_app.campaigns.messages.checks.asked import Asked
from catalog_app.campaigns.messages.context import CUSTOMER, shared_context, with_customer
from catalog_app.campaigns.messages.cutting import without_tags
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.finding import ERROR, Finding, Level
from catalog_app.campaigns.messages.parts import PARTS, Part
from catalog_app.campaigns.messages.promise import promise_of
from catalog_app.campaigns.messages.rendering import Compiled, Rendered, compiled_part
from catalog_app.campaigns.messages.using import Use
from catalog_app.core.errors import Sentence

if TYPE_CHECKING:
    from catalog_app.campaigns.messages.compiling import CompiledPart

SHORT: Final = "Ali"
LONG: Final = "Maximiliano"
"""What stands for a text of a customer of whom no sample says more: a short one and a long one."""


@dataclass(frozen=True)
class Message:
    """The texts of one channel in one language. `parts` are those that could be read, `faults` what kept the others."""

    channel: str
    language: str
    texts: Mapping[str, str]
    parts: "Mapping[str, CompiledPart]"
    faults: tuple[TemplateError, ...]
    shared: Mapping[str, Any] | None

    def finding(self, level: Level, code: str, sentence: Sentence, **where: Any) -> Finding:
        return Finding(level, code, sentence, channel=self.channel, language=self.language, **where)

    def fault(self, error: TemplateError) -> Finding:
        """Return what is wrong with a template as a finding."""
        return self.finding(
            ERROR,
            error.code,
            error.message,
            part=error.part,
            line=error.line,
            column=error.column,
            suggestion=error.suggestion,
            replacement=error.replacement,
        )

    def uses(self) -> Iterator[tuple[str, Use]]:
        """Yield the fields that the parts name, each with its part."""
        return ((name, use) for name, part in self.parts.items() for use in part.uses)

    def contexts(self, asked: Asked) -> Iterator[dict[str, Any]]:
        """Yield what the message is tried with: each sample customer, or two made up where there is none.

        What a sample does not tell is filled, so that the message can be measured.
        """
        if self.shared is None:
            return
        named = {use.path[1] for _, use in self.uses() if use.path[0] == CUSTOMER and len(use.path) > 1}
        known = [dict(with_customer(self.shared, sample)[CUSTOMER]) for sample in asked.samples]
        for facts, filler in [(one, LONG) for one in known] or [({}, SHORT), ({}, LONG)]:
            yield {**self.shared, CUSTOMER: {**dict.fromkeys(named, filler), **facts}}

    def rendered(self, context: Mapping[str, Any], **other: "CompiledPart") -> Rendered:
        """Return the message, or what it would be with other parts; raise TemplateError."""
        return Compiled(self.channel, {**self.parts, **other}).render(context)


def messages_of(asked: Asked) -> Iterator[Message]:
    """Yield the messages that may go out, each with what keeps it from being read."""
    for channel in asked.campaign.channels:
        for language, texts in (asked.campaign.messages.get(channel) or {}).items():
            if texts:
                yield _message(asked, channel, language, texts)


def _message(asked: Asked, channel: str, language: str, texts: Mapping[str, str]) -> Message:
    parts: dict[str, CompiledPart] = {}
    faults: list[TemplateError] = []
    for part in PARTS[channel]:
        try:
            made = compiled_part(channel, part, texts.get(part.name))
        except TemplateError as error:
            faults.append(error)
            made = _without_tags(channel, part, texts.get(part.name))
        if made is not None:
            parts[part.name] = made
    return Message(channel, language, texts, parts, tuple(faults), _shared(asked, language))


def _without_tags(channel: str, part: Part, text: str | None) -> "CompiledPart | None":
    """Return the placeholders of a part that is at fault, so that its other mistakes are told with the first."""
    source = (text or "").replace("\r\n", "\n")
    try:
        made = compiled_part(channel, part, without_tags(source))
    except TemplateError:
        return None
    return None if made is None else replace(made, source=source)


def _shared(asked: Asked, language: str) -> Mapping[str, Any] | None:
    if asked.product is None:
        return None
    config = asked.campaign.product_config
    promise = promise_of(asked.product, config, language=language, now=asked.now, zone=asked.zone)
    return shared_context(promise, asked.campaign)
