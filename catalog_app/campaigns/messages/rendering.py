"""Messages rendered: each template is read once, kept while it is used, and rendered for any number of customers."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from catalog_app.campaigns.messages.context import ROOTS, reader_of
from catalog_app.campaigns.messages.errors import Place, TemplateError
from catalog_app.campaigns.messages.parts import LINES, PARTS, Part
from catalog_app.campaigns.messages.sms import SmsLength, sms_length
from catalog_app.core.errors import Sentence

if TYPE_CHECKING:
    from catalog_app.campaigns.messages.compiling import CompiledPart

MAX_CACHED: Final = 100_000
"""Characters of templates that are kept read: 3 MB of usual ones, 20 MB of such as are all placeholders."""

_HTML: Final = re.compile(r"\s*<(?:!doctype|[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)


@dataclass(frozen=True)
class Rendered:
    """What a customer gets, as text. `sms` is its length where it is one; `is_html` tells of an email's body."""

    parts: Mapping[str, str]
    sms: SmsLength | None = None
    is_html: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the message as deliveries and answers hold it: its parts, its segments, and whether it is HTML.

        Whether it is cannot be seen in the text: a value placed in a plain one may look like an element.
        """
        said: dict[str, Any] = dict(self.parts)
        if self.sms:
            said["segments"] = self.sms.segments
        return {**said, "html": True} if self.is_html else said


@dataclass(frozen=True)
class Compiled:
    """The parts of a message for one channel, in one language."""

    channel: str
    parts: "Mapping[str, CompiledPart]"

    def render(self, context: Mapping[str, Any]) -> Rendered:
        """Return the message with these values; raise TemplateError, with its part, where it cannot be said."""
        reader = reader_of(context)
        values = {root: context[root] for root in ROOTS}
        texts = {}
        for name, part in self.parts.items():
            try:
                text = part.render(values, reader)
            except TemplateError as error:
                error.part = name
                raise
            texts[name] = " ".join(text.split()) if (self.channel, name) in LINES else text.strip()
            if not texts[name]:
                raise TemplateError(Sentence("Nothing is left of this text."), part=name, code="empty")
        length = sms_length(texts["body"]) if self.channel == "sms" else None
        return Rendered(texts, length, any(part.is_html for part in self.parts.values()))


def compiled(channel: str, parts: Mapping[str, str]) -> Compiled:
    """Return a message ready to be rendered; raise TemplateError with the first thing that is wrong with it."""
    ready = ((part.name, compiled_part(channel, part, parts.get(part.name))) for part in PARTS[channel])
    return Compiled(channel, {name: part for name, part in ready if part is not None})


def compiled_part(channel: str, part: Part, text: str | None) -> "CompiledPart | None":
    """Return one part, None where it may be left out and is; raise TemplateError, with its name."""
    text = (text or "").replace("\r\n", "\n")
    if not text.strip():
        if part.required:
            raise TemplateError(Sentence("Write this text."), part=part.name, code="missing")
        return None
    if len(text) > part.max:
        sentence = Sentence("Use at most %(most)s characters.", most=part.max)
        raise TemplateError(sentence, part=part.name, place=Place.at(text, part.max), code="too_long")
    try:
        return _kept.part(text, is_html=is_html(channel, part.name, text))
    except TemplateError as error:
        error.part = part.name
        raise


def is_html(channel: str, part: str, text: str) -> bool:
    """Return whether a template is HTML: the body of an email that begins with an element, and nothing else."""
    return channel == "email" and part == "body" and _HTML.match(text) is not None


class _Kept:
    """The templates that were used last, read. Many threads take from it; none waits for another's reading."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._parts: OrderedDict[tuple[str, bool], CompiledPart] = OrderedDict()
        self._lock = Lock()

    def part(self, text: str, *, is_html: bool) -> "CompiledPart":
        key = (text, is_html)
        with self._lock:
            found = self._parts.get(key)
            if found is not None:
                self._parts.move_to_end(key)
                return found
        # A worker that renders nothing has no need of the library.
        from catalog_app.campaigns.messages.compiling import compile_part  # noqa: PLC0415

        made = compile_part(text, is_html=is_html)
        with self._lock:
            if key not in self._parts:
                self.size += len(text)
            self._parts[key] = made
            while self.size > self.most and len(self._parts) > 1:
                (dropped, _), _part = self._parts.popitem(last=False)
                self.size -= len(dropped)
        return made


_kept = _Kept(MAX_CACHED)
