"""The words of a campaign as one customer would read them, with their lengths; a text that is at fault says so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flask_babel import gettext
from markupsafe import Markup

from catalog_app.campaigns.forms_messages import Key, TypedMessages
from catalog_app.campaigns.messages.context import CUSTOMER
from catalog_app.campaigns.messages.errors import NO_VALUE, TemplateError
from catalog_app.campaigns.messages.parts import PARTS
from catalog_app.campaigns.messages.rendering import Rendered
from catalog_app.campaigns.messages.sms import SmsLength
from catalog_app.campaigns.previewing import Preview


@dataclass(frozen=True)
class Length:
    """How long a text is; only an SMS has the rest."""

    characters: int
    encoding: str = ""
    segments: int = 0
    over: int = 0
    left: int = 0

    @classmethod
    def of(cls, sms: SmsLength) -> "Length":
        return cls(sms.characters, sms.encoding, sms.segments, sms.over, sms.left)


@dataclass(frozen=True)
class Shown:
    """A message on a phone; where it is at fault, that stands in its place."""

    channel: str
    language: str
    parts: Mapping[str, str] = field(default_factory=dict)
    length: Length | None = None
    fault: str | None = None

    @classmethod
    def of(cls, preview: Preview) -> "Shown":
        if preview.rendered is None:
            return cls(preview.channel, preview.language, fault=_fault(preview.fault))
        sms = preview.rendered.sms
        length = Length.of(sms) if sms is not None else None
        return cls(preview.channel, preview.language, _readable(preview.rendered), length)


@dataclass(frozen=True)
class Readings:
    """Every message of the form as it would be read, by channel and language, and how long each text is."""

    shown: Mapping[tuple[str, str], Shown]
    lengths: Mapping[Key, Length]


def readings(words: TypedMessages, previews: Iterable[Preview]) -> Readings:
    """Return every message that was rendered; a text that was not counts as it was typed."""
    shown = {(one.channel, one.language): Shown.of(one) for one in previews}
    return Readings(shown, dict(_lengths(words, shown)))


def _lengths(words: TypedMessages, shown: Mapping[tuple[str, str], Shown]) -> Iterator[tuple[Key, Length]]:
    for channel in words.channels:
        for language in words.languages:
            found = shown.get((channel, language), Shown(channel, language))
            for part in PARTS[channel]:
                text = found.parts.get(part.name, words.text(channel, language, part.name))
                yield (channel, language, part.name), found.length or Length(len(text))


def _fault(error: TemplateError | None) -> str | None:
    """Return why there is no message; what this customer alone has no value for says what to write instead."""
    if error is None:
        return None
    field = str(getattr(error.message, "values", {}).get("name", ""))
    if error.code != NO_VALUE or not field.startswith(f"{CUSTOMER}."):
        return error.message
    instead = f'{{{{ {field} | default: "..." }}}}'
    return str(gettext('"%(field)s" is not told of this customer, who gets no message. Say what stands there instead: %(instead)s', field=field, instead=instead))  # fmt: skip


def _readable(rendered: Rendered) -> dict[str, str]:
    """Return the texts as a phone shows them here: of an HTML mail its words alone, for no page of ours holds its markup."""
    if not rendered.is_html:
        return dict(rendered.parts)
    return {**rendered.parts, "body": Markup(rendered.parts["body"]).striptags()}  # noqa: S704  # its tags are taken away
