"""What pre-flight found, in words: where, what, and what was probably meant."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from catalog_app.campaigns.messages.finding import ERROR, WARNING, Finding
from catalog_app.campaigns.messages.parts import PARTS
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.views.languages import language_name
from catalog_app.core.babel import in_words
from catalog_app.products.labels import term

_ORDER = {ERROR: 0, WARNING: 1}


@dataclass(frozen=True)
class FindingLine:
    """One line of the list. `field` is the text it is about, as the form calls it, and `key` names the finding."""

    level: str
    text: str
    suggestion: str
    replacement: str | None
    field: str
    key: str
    line: int | None
    column: int | None


def lines_of(found: Sequence[Finding], campaign: Campaign) -> list[FindingLine]:
    """Return the findings as lines, errors first; a language is named where the campaign has several."""
    several = len({language for said in campaign.messages.values() for language in said}) > 1
    return [_line(one, with_language=several) for one in sorted(found, key=lambda one: _ORDER.get(one.level, 2))]


def key_of(one: Finding) -> str:
    """Return what tells a finding from every other one of the same form."""
    return ".".join(str(part or "") for part in (one.code, one.channel, one.language, one.part, one.line, one.column))


def _line(one: Finding, *, with_language: bool) -> FindingLine:
    place, message = _place(one, with_language=with_language), in_words(one.message)
    return FindingLine(
        level=one.level,
        text=str(gettext("%(place)s: %(message)s", place=place, message=message)) if place else message,
        suggestion=in_words(one.suggestion or ""),
        replacement=one.replacement,
        field=_field(one),
        key=key_of(one),
        line=one.line,
        column=one.column,
    )


def _field(one: Finding) -> str:
    """Return the text that it is about, as the form calls it; nothing where it is about something else."""
    return f"{one.channel}.{one.language}.{one.part}" if one.channel and one.language and one.part else ""


def _place(one: Finding, *, with_language: bool) -> str:
    """Return where it is: "Email, line 3, column 12"; the text itself of a message has no name of its own."""
    if one.channel is None:
        return ""
    where = [term(one.channel)]
    if one.language and with_language:
        where.append(language_name(one.language))
    label = next((part.label for part in PARTS.get(one.channel, ()) if part.name == one.part and part.is_line), None)
    if label is not None:
        where.append(in_words(label).lower())
    if one.line is not None:
        where.append(str(gettext("line %(line)s, column %(column)s", line=one.line, column=one.column)))
    return ", ".join(where)
