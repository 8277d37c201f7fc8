"""Through the tree of a parsed template: which fields it names, and what in it python-liquid would take at any cost."""

from collections.abc import Iterator
from typing import Final

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, LoopExpression, Path
from liquid.builtin.expressions.arguments import KeywordArgument
from liquid.builtin.expressions.filtered import Filter as UsedFilter
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.case_tag import MultiExpressionBlockNode
from liquid.expression import Expression

from catalog_app.campaigns.messages.context import ROOTS
from catalog_app.campaigns.messages.errors import Place, TemplateError
from catalog_app.campaigns.messages.filters import FILTERS
from catalog_app.campaigns.messages.suggesting import meant
from catalog_app.campaigns.messages.using import Use, place_of, replaced
from catalog_app.core.errors import Sentence

_DEFAULT: Final = "default"


def uses_of(template: BoundTemplate, source: str) -> Iterator[Use]:
    """Yield the fields that a template names, in its order, without those that it makes itself."""
    walk = _Walk(source, RenderContext(template))
    for node in template.nodes:
        walk.names(node)
    for node in template.nodes:
        yield from walk.node(node)


class _Walk:
    def __init__(self, source: str, context: RenderContext) -> None:
        self.source = source
        self.context = context
        self.own: set[str] = set()

    def names(self, node: Node) -> None:
        """Learn the names that the template gives itself. None may hide what is given to it."""
        for name in (*node.template_scope(), *node.block_scope()):
            if name in ROOTS:
                raise self._error(
                    name.token.start_index, Sentence('The name "%(name)s" is taken.', name=str(name)), "taken"
                )
            self.own.add(str(name))
        for child in node.children(self.context):
            self.names(child)

    def node(self, node: Node) -> Iterator[Use]:
        is_asking = isinstance(node, MultiExpressionBlockNode)
        for expression in node.expressions():
            yield from self.expression(expression, is_optional=is_asking)
        for child in node.children(self.context):
            yield from self.node(child)

    def expression(self, expression: Expression, *, is_optional: bool) -> Iterator[Use]:
        if isinstance(expression, RangeLiteral):
            raise self._error(expression.token.start_index, Sentence("A range can only be used in a loop."), "range")
        if isinstance(expression, Path):
            yield from self._path(expression, is_optional=is_optional)
        elif isinstance(expression, FilteredExpression):
            yield from self._filtered(expression)
        elif isinstance(expression, LoopExpression):
            yield from self._loop(expression)
        else:
            asks = is_optional or isinstance(expression, BooleanExpression)
            for child in expression.children():
                yield from self.expression(child, is_optional=asks)

    def _loop(self, loop: LoopExpression) -> Iterator[Use]:
        for child in loop.children():
            ends = child.children() if isinstance(child, RangeLiteral) else [child]
            for end in ends:
                yield from self.expression(end, is_optional=False)

    def _filtered(self, filtered: FilteredExpression) -> Iterator[Use]:
        filters = filtered.filters or []
        has_default = bool(filters) and filters[0].name == _DEFAULT
        yield from self.expression(filtered.left, is_optional=has_default)
        for used in filters:
            self._check(used)
            for argument in used.args:
                yield from self.expression(argument.value, is_optional=False)

    def _path(self, path: Path, *, is_optional: bool) -> Iterator[Use]:
        for nested in path.children():
            yield from self.expression(nested, is_optional=False)
        words = [segment for segment in path.path if isinstance(segment, str)]
        if any(word.startswith("_") for word in words):
            raise self._error(path.token.start_index, Sentence("No field begins with an underscore."), "unknown_field")
        if not path.path or path.path[0] in self.own:
            return
        known = []
        for segment in path.path:
            if not isinstance(segment, str):
                break
            known.append(segment)
        yield Use(tuple(known), place_of(self.source, path.token.start_index), is_optional)

    def _check(self, used: UsedFilter) -> None:
        known, start = FILTERS.get(used.name), used.token.start_index
        if known is None:
            place = Place.at(self.source, start, start + len(used.name))
            suggestion = meant(used.name, FILTERS)
            raise TemplateError(
                Sentence('There is no filter "%(name)s".', name=used.name[:50]),
                place=place,
                code="unknown_filter",
                suggestion=suggestion,
                replacement=replaced(self.source, place, suggestion) if suggestion else None,
            )
        if any(isinstance(argument, KeywordArgument) for argument in used.args):
            raise self._error(start, Sentence('"%(name)s" takes no named values.', name=used.name), "filter")
        if not known.least <= len(used.args) <= known.most:
            words = {"name": used.name, "least": known.least, "most": known.most}
            raise self._error(
                start, Sentence('"%(name)s" takes %(least)s to %(most)s values behind a colon.', **words), "filter"
            )

    def _error(self, start: int, sentence: Sentence, code: str) -> TemplateError:
        return TemplateError(sentence, place=Place.at(self.source, start), code=code)
