"""From the text of a template to what can be rendered, and every field that it names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from liquid import BoundTemplate, Environment
from liquid.ast import Node
from liquid.exceptions import BlockNestingError, LiquidError, LiquidInterrupt, ResourceLimitError, UndefinedError
from liquid.output import LimitedStringIO
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.token import TOKEN_TAG, Token

from catalog_app.campaigns.messages.errors import NO_VALUE, Place, TemplateError
from catalog_app.campaigns.messages.lexing import tokens
from catalog_app.campaigns.messages.limited import HTML, PLAIN, TAGS, MeteredContext
from catalog_app.campaigns.messages.limits import MAX_OUTPUT
from catalog_app.campaigns.messages.reader import Reader
from catalog_app.campaigns.messages.suggesting import meant
from catalog_app.campaigns.messages.using import Use, name_at, place_of, replaced
from catalog_app.campaigns.messages.walking import uses_of
from catalog_app.core.errors import Sentence

_BLOCKS: Final = ("if", "unless", "case", "for", "capture")
_ENDS: Final = tuple(f"end{name}" for name in _BLOCKS)
_KNOWN_TAGS: Final = (*TAGS, *_ENDS)


@dataclass(frozen=True)
class CompiledPart:
    """One part of a message, ready to be rendered any number of times, by any thread."""

    source: str
    is_html: bool
    uses: tuple[Use, ...]
    _template: BoundTemplate

    def render(self, values: dict[str, Any], reader: Reader) -> str:
        """Return what this part says with these values; raise TemplateError where it cannot be said."""
        context = MeteredContext(self._template, values, reader)
        buffer = LimitedStringIO(limit=MAX_OUTPUT)
        try:
            for node in self._template.nodes:
                node.render(context, buffer)
        except TemplateError as error:
            raise self._placed(error, node) from None
        except LiquidInterrupt:
            self._fail(Sentence("A loop can only be left from inside."), node.token)
        except LiquidError as error:
            raise self._told(error, node) from None
        except RecursionError:
            self._fail(Sentence("This is nested too deep."), node.token)
        except Exception as error:  # noqa: BLE001  # whatever a value does to the library, a message is refused and no call fails
            self._fail(Sentence("This cannot be said: %(reason)s.", reason=type(error).__name__), node.token)
        return buffer.getvalue()

    def _placed(self, error: TemplateError, node: Node) -> TemplateError:
        place = Place.at(self.source, node.token.start_index)
        return error if error.line else TemplateError(error.message, place=place, code=error.code)

    def _told(self, error: LiquidError, node: Node) -> TemplateError:
        token = error.token if error.token and error.token.start_index >= 0 else node.token
        place = place_of(self.source, token.start_index)
        if isinstance(error, UndefinedError):
            name = name_at(self.source, token.start_index) if error.token else ""
            sentence = (
                Sentence('There is no value for "%(name)s".', name=name)
                if name
                else Sentence("A value is missing here.")
            )
            return TemplateError(sentence, place=place, code=NO_VALUE)
        if isinstance(error, ResourceLimitError):
            return TemplateError(Sentence("This makes too long a message."), place=place)
        return TemplateError(_reason(error), place=place)

    def _fail(self, sentence: Sentence, token: Token) -> NoReturn:
        raise TemplateError(sentence, place=Place.at(self.source, token.start_index)) from None


def compile_part(source: str, *, is_html: bool) -> CompiledPart:
    """Return the template, checked; raise TemplateError with the place of what is wrong with it."""
    environment = HTML if is_html else PLAIN
    cut = list(_known(source))
    _check_blocks(cut, source)
    template = BoundTemplate(environment, _parsed(environment, cut, source))
    uses = tuple(uses_of(template, source))
    return CompiledPart(source, is_html, uses, template)


def _known(source: str) -> Iterator[Token]:
    for token in tokens(source):
        if token.kind == TOKEN_TAG and token.value not in _KNOWN_TAGS:
            place = Place.at(source, token.start_index, token.start_index + len(token.value))
            suggestion = meant(token.value, _KNOWN_TAGS)
            raise TemplateError(
                Sentence('There is no tag "%(name)s".', name=token.value[:50]),
                place=place,
                code="unknown_tag",
                suggestion=suggestion,
                replacement=replaced(source, place, suggestion) if suggestion else None,
            )
        yield token


def _check_blocks(cut: list[Token], source: str) -> None:
    """Raise TemplateError at a block that is not closed, or at an end of what was not begun."""
    tags = [token for token in cut if token.kind == TOKEN_TAG]
    still_open: list[Token] = []
    for tag in tags:
        if tag.value in _BLOCKS:
            still_open.append(tag)
        elif tag.value in _ENDS and (not still_open or tag.value != f"end{still_open.pop().value}"):
            place = Place.at(source, tag.start_index, tag.start_index + len(tag.value))
            raise TemplateError(Sentence('Nothing is open here that "%(name)s" ends.', name=tag.value), place=place)
    if still_open:
        tag = still_open[-1]
        place = Place.at(source, tag.start_index, tag.start_index + len(tag.value))
        raise TemplateError(Sentence('This "%(mark)s" is not closed.', mark=tag.value), place=place)


def _parsed(environment: Environment, cut: list[Token], source: str) -> list[Node]:
    try:
        return get_parser(environment).parse(TokenStream(iter(cut)))
    except (BlockNestingError, RecursionError):
        raise TemplateError(Sentence("This is nested too deep.")) from None
    except LiquidError as error:
        start = error.token.start_index if error.token and error.token.start_index >= 0 else len(source)
        raise TemplateError(_reason(error), place=Place.at(source, start)) from None


def _reason(error: LiquidError) -> Sentence:
    """Return what the library says of a template, which it says in English only."""
    reason = str(error.args[0]) if error.args else type(error).__name__
    return Sentence("This cannot be read: %(reason)s.", reason=reason[:200].rstrip("."))
