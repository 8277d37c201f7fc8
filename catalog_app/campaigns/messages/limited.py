"""python-liquid with limits: a declared set of tags and filters, and an account of what one rendering costs.

Its own limits leave holes that were found by trying (docs/adr/0026-liquid-with-limits.md): they count nested loops
and not those behind one another, nothing that a filter makes, and no time. So a rendering has one account here.
"""

from collections.abc import Iterator
from typing import Any, Final, Self, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.content import Literal
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.assign_tag import AssignTag
from liquid.builtin.tags.capture_tag import CaptureTag
from liquid.builtin.tags.case_tag import CaseTag
from liquid.builtin.tags.for_tag import BreakTag, ContinueTag, ForNode, ForTag
from liquid.builtin.tags.if_tag import IfTag
from liquid.builtin.tags.unless_tag import UnlessTag
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.undefined import FalsyStrictUndefined, is_undefined
from liquid.utils import ReadOnlyChainMap
from markupsafe import Markup, escape

from catalog_app.campaigns.messages import limits
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.filters import FILTERS, Filter
from catalog_app.campaigns.messages.reader import Reader
from catalog_app.campaigns.messages.values import bounded, text_of
from catalog_app.core.errors import Sentence

_TEXT_PER_STEP: Final = 40
"""Characters that a filter goes through in the time of one step."""


class MeteredContext(RenderContext):
    """The values of one rendering, and what it has cost so far. Nothing but what it was given can be named."""

    __slots__ = ("kept", "reader", "rounds", "steps")

    def __init__(self, template: BoundTemplate, values: dict[str, Any], reader: Reader) -> None:
        super().__init__(template, globals=values)
        # Without the library's `now` and `today`: a message says the same whenever it is rendered again.
        self.scope = ReadOnlyChainMap(self.locals, values)
        self.reader = reader
        self.steps = self.rounds = self.kept = 0

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > limits.MAX_STEPS:
            raise TemplateError(Sentence("This template takes too long: shorten its loops."))

    def assign(self, key: str, val: Any) -> None:
        # What was replaced counts on: the account never has to be gone through again.
        self.kept += _size(val)
        if self.kept > limits.MAX_KEPT:
            raise TemplateError(Sentence("This template keeps too much text."))
        self.locals[key] = val

    def get_size_of_locals(self) -> int:
        return self.kept

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self.rounds += length
        if self.rounds > limits.MAX_ITERATIONS:
            raise _too_many_rounds()


def _too_many_rounds() -> TemplateError:
    return TemplateError(Sentence("The loops of a template make at most %(most)s rounds.", most=limits.MAX_ITERATIONS))


class _MeteredBlock(BlockNode):
    """The inside of a loop. Each round costs what the block holds, blocks inside it counted by themselves once more."""

    __slots__ = ("weight",)

    def __init__(self, block: BlockNode, weight: int) -> None:
        super().__init__(block.token, block.nodes)
        self.weight = weight

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        _metered(context).spend(self.weight)
        return super().render_to_output(context, buffer)


class _BoundedLoop(LoopExpression):
    """What a loop goes through. It is measured whole: `reversed` would list it, and `offset` walk to its place."""

    @classmethod
    def of(cls, loop: LoopExpression) -> Self:
        return cls(
            loop.token,
            loop.identifier,
            loop.iterable,
            limit=loop.limit,
            offset=loop.offset,
            reversed_=loop.reversed,
            cols=loop.cols,
        )

    def _to_iter(self, obj: object, context: RenderContext) -> tuple[Iterator[Any], int]:
        entries, length = super()._to_iter(obj, context)
        if length > limits.MAX_ITERATIONS:
            raise _too_many_rounds()
        return entries, length


class _MeteredFor(ForTag):
    def parse(self, stream: TokenStream) -> Node:
        start = stream.current.start_index
        node = super().parse(stream)
        if isinstance(node, ForNode):
            node.expression = _BoundedLoop.of(node.expression)
            node.block = _MeteredBlock(node.block, stream.current.start_index - start)
        return node


class _PlacedValue(OutputNode):
    """A placeholder. What it places is text, whatever stands in it: nothing is read as template twice."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        if isinstance(value, Markup):
            return buffer.write(str(value))
        _present(value)
        text = text_of(value)
        return buffer.write(str(escape(text)) if context.autoescape else text)


class _Output(Output):
    node_class = _PlacedValue


_TAGS: Final[tuple[type[Tag], ...]] = (
    Literal,
    _Output,
    Illegal,
    IfTag,
    UnlessTag,
    CaseTag,
    _MeteredFor,
    BreakTag,
    ContinueTag,
    AssignTag,
    CaptureTag,
)
TAGS: Final = ("if", "elsif", "else", "unless", "case", "when", "for", "break", "continue", "assign", "capture")
"""What may stand in a template between {% and %}, besides their ends, `raw` and `comment`."""


class _LimitedEnvironment(Environment):
    block_nesting_limit = limits.MAX_NESTING
    context_depth_limit = limits.MAX_NESTING + 2
    loop_iteration_limit = limits.MAX_ITERATIONS
    local_namespace_limit = limits.MAX_KEPT
    output_stream_limit = limits.MAX_OUTPUT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002  # the library's signature
        for tag in _TAGS:
            self.add_tag(tag)
        for name, known in FILTERS.items():
            self.add_filter(name, _guarded(known))


def _guarded(known: Filter) -> Any:
    """Return the filter as the library calls it: with bounded values, at a price."""

    def call(value: Any, *arguments: Any, context: RenderContext) -> Any:
        metered = _metered(context)
        given = (value, *arguments)
        if not known.takes_missing:
            for one in given:
                _present(one)
        metered.spend(1 + sum(map(_size, given)) // _TEXT_PER_STEP)
        result = known.function(*given, reader=metered.reader) if known.speaks else known.function(*given)
        metered.spend(_size(result) // _TEXT_PER_STEP)
        return result

    call.with_context = True  # type: ignore[attr-defined]  # how the library knows that a filter wants its context
    return call


def _present(value: Any) -> None:
    if is_undefined(value):
        # It says which value it is, and where.
        str(value)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    return sum(map(_size, bounded(value))) + len(value) if isinstance(value, list) else 1


def _metered(context: RenderContext) -> MeteredContext:
    if not isinstance(context, MeteredContext):
        raise TypeError("a template is rendered in a context that counts")
    return context


PLAIN: Final = _LimitedEnvironment(undefined=FalsyStrictUndefined)
HTML: Final = _LimitedEnvironment(undefined=FalsyStrictUndefined, autoescape=True)
