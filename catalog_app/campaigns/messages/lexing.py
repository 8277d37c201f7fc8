"""Templates cut into text, placeholders and tags, in one pass.

python-liquid does this with one regular expression that starts anew at each brace: ten thousand opening braces keep
it busy for seconds. What this yields are its tokens, so its parser reads them.
"""

import re
from collections.abc import Iterator
from typing import Final

from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG, Token

from catalog_app.campaigns.messages.errors import Place, TemplateError
from catalog_app.campaigns.messages.limits import MAX_BRACKETS, MAX_EXPRESSION, MAX_TAGS
from catalog_app.core.errors import Sentence

_OPENING: Final = re.compile(r"\{\{|\{%")
_CLOSING: Final = {"{{": "}}", "{%": "%}"}
_NAME: Final = re.compile(r"\s*(#|\w+|)\s*")
_VERBATIM: Final = {
    name: re.compile(rf"\{{%-?\s*end{name}\s*(-?)%\}}") for name in ("raw", "comment")
}  # what is not read as template


def tokens(source: str) -> Iterator[Token]:
    """Yield what a template is made of; raise TemplateError where it cannot be cut or holds too much."""
    return _Cut(source).tokens()


class _Cut:
    """A template and how far it has been cut."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.tags = 0
        self.trims_next = False

    def tokens(self) -> Iterator[Token]:
        while opening := _OPENING.search(self.source, self.position):
            start, mark = opening.start(), opening.group()
            inner_start, inner_end = self._inside(start, mark)
            yield from self._text(self.position, start, trims_end=self.source.startswith("-", inner_start))
            inner_start += self.source.startswith("-", inner_start)
            self.position = inner_end + len(mark)
            self.trims_next = inner_end > inner_start and self.source[inner_end - 1] == "-"
            inner_end -= self.trims_next
            if mark == "{{":
                yield from self._output(start, inner_start, inner_end)
            else:
                yield from self._tag(start, inner_start, inner_end)
        yield from self._text(self.position, len(self.source), trims_end=False)

    def _inside(self, start: int, mark: str) -> tuple[int, int]:
        """Return where the inside of these braces begins and ends."""
        self.tags += 1
        if self.tags > MAX_TAGS:
            raise self._error(start, start, Sentence("Use at most %(most)s placeholders and tags.", most=MAX_TAGS))
        closing = _CLOSING[mark]
        end = self.source.find(closing, start + len(mark))
        another = _OPENING.search(self.source, start + len(mark), max(end, 0))
        if end < 0 or another:
            raise self._error(start, start + len(mark), Sentence('This "%(mark)s" is not closed.', mark=mark))
        return start + len(mark), end

    def _text(self, start: int, end: int, *, trims_end: bool) -> Iterator[Token]:
        text = self.source[start:end]
        if self.trims_next:
            text = text.lstrip()
        if trims_end:
            text = text.rstrip()
        self.trims_next = False
        if text:
            yield Token(TOKEN_CONTENT, text, start, self.source)

    def _output(self, start: int, inner_start: int, inner_end: int) -> Iterator[Token]:
        expression = self._expression(inner_start, inner_end)
        if expression is None:
            raise self._error(start, self.position, Sentence("Nothing stands between these braces."))
        yield Token(TOKEN_OUTPUT, self.source[start : self.position], start, self.source)
        yield expression

    def _tag(self, start: int, inner_start: int, inner_end: int) -> Iterator[Token]:
        found = _NAME.match(self.source, inner_start, inner_end)
        name = found.group(1) if found else ""
        if not found or not name:
            raise self._error(start, self.position, Sentence("This tag has no name."))
        if name == "#":
            return
        if name in _VERBATIM:
            yield from self._verbatim(name, start)
            return
        yield Token(TOKEN_TAG, name, found.start(1), self.source)
        expression = self._expression(found.end(), inner_end)
        if expression is not None:
            yield expression

    def _verbatim(self, name: str, start: int) -> Iterator[Token]:
        end = _VERBATIM[name].search(self.source, self.position)
        if end is None:
            raise self._error(start, self.position, Sentence('This "%(mark)s" is not closed.', mark=name))
        if name == "raw":
            yield from self._text(self.position, end.start(), trims_end=False)
        self.position, self.trims_next = end.end(), bool(end.group(1))

    def _expression(self, start: int, end: int) -> Token | None:
        text = self.source[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        if len(text) > MAX_EXPRESSION:
            raise self._error(
                start, end, Sentence("Use at most %(most)s characters between braces.", most=MAX_EXPRESSION)
            )
        if text.count("(") + text.count("[") > MAX_BRACKETS:
            raise self._error(start, end, Sentence("Use at most %(most)s brackets between braces.", most=MAX_BRACKETS))
        return Token(TOKEN_EXPRESSION, text, start, self.source) if text else None

    def _error(self, start: int, end: int, sentence: Sentence) -> TemplateError:
        return TemplateError(sentence, place=Place.at(self.source, start, end))
