"""Whether each field that a message names exists, and has a value for this product."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from catalog_app.campaigns.messages.checks.asked import Asked
from catalog_app.campaigns.messages.checks.message import Message
from catalog_app.campaigns.messages.context import CONFIG, CUSTOMER, FIELDS, GROUPS, PRODUCT, ROOTS
from catalog_app.campaigns.messages.finding import ERROR, WARNING, Finding
from catalog_app.campaigns.messages.suggesting import LIKE, VERY_LIKE, meant
from catalog_app.campaigns.messages.using import Use, replaced, without_guarded
from catalog_app.core.errors import Sentence
from catalog_app.products.facts import FACTS
from catalog_app.products.terms import FEATURES

_CUSTOMER_FIELDS: Final = (
    "first_name", "last_name", "name", "msisdn", "email", "language", "segment", "gender", "title",
    *(fact.key for fact in FACTS),
)  # fmt: skip
"""What is usually told of customers; what else a campaign engine tells is its own."""

_FEATURES: Final = ("data_gb", *(feature.key for feature in FEATURES))
_GROUP_DEPTH: Final = 2
_INSTEAD: Final[Mapping[str, str]] = {"product.short_name": "product.name", "config.headline": "product.name"}


def fields(asked: Asked, message: Message) -> Iterator[Finding]:
    """Yield the names that do not exist, with what was probably meant, and those that are empty."""
    at_fault = {fault.part for fault in message.faults}
    for name, part in message.parts.items():
        # Without its tags nobody can tell what a part names itself, and what it asks for first.
        uses = [use for use in part.uses if name not in at_fault or use.path[0] in ROOTS]
        needed = set() if name in at_fault else set(without_guarded(part.uses))
        for use in dict.fromkeys(uses):
            if not _is_known(asked, message, use):
                sentence = Sentence('There is no field "%(name)s".', name=use.name[:100])
                suggestion = _meant(asked, message, use)
                yield _finding(message, ERROR, "unknown_field", sentence, name, use, suggestion)
            elif use in needed:
                yield from _without_value(asked, message, name, use)


def _is_known(asked: Asked, message: Message, use: Use) -> bool:
    root, rest = use.path[0], use.path[1:]
    if root not in ROOTS:
        return False
    if not rest or _exists(message, use.path):
        return True
    if root == CUSTOMER:
        # Anything may be told of a customer: a name is taken for a slip only where it is very near a usual one.
        return rest[0] in _fields(asked, message, root) or _meant(asked, message, use) is None
    if root == PRODUCT and rest[0] in GROUPS:
        return len(rest) < _GROUP_DEPTH or f"{rest[0]}.{rest[1]}" in _fields(asked, message, root)
    return len(rest) == 1 and rest[0] in _fields(asked, message, root)


def _meant(asked: Asked, message: Message, use: Use) -> str | None:
    """Return the name that was probably meant: under the same root where that exists, else under any."""
    root, rest = use.path[0], ".".join(use.path[1:])
    if root in ROOTS:
        likeness = VERY_LIKE if root == CUSTOMER else LIKE
        found = meant(rest, _fields(asked, message, root), likeness=likeness)
        return f"{root}.{found}" if found else None
    return meant(use.name, [f"{known}.{field}" for known in ROOTS for field in _fields(asked, message, known)])


def _fields(asked: Asked, message: Message, root: str) -> list[str]:
    """Return the names under a root: the declared ones, and those of this product or of these customers."""
    if root == CUSTOMER:
        return [*_CUSTOMER_FIELDS, *(key for sample in asked.samples for key in sample.facts)]
    names = list(FIELDS[root])
    if root == PRODUCT:
        product: Mapping[str, Any] = (message.shared or {}).get(PRODUCT, {})
        names += [f"{group}.{key}" for group in GROUPS for key in product.get(group, {})]
        names += [f"features.{key}" for key in _FEATURES]
    return names


def _exists(message: Message, path: Sequence[str]) -> bool:
    """Return whether a name stands for something now, such as an entry of a group of its own, or the size of a list."""
    value: Any = message.shared
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return name in ("size", "first", "last") and isinstance(value, str | list | Mapping)
        value = value[name]
    return True


def _without_value(asked: Asked, message: Message, part: str, use: Use) -> Iterator[Finding]:
    root = use.path[0]
    if root == CUSTOMER:
        if len(use.path) > 1 and not _is_told(asked, use.path[1]):
            sentence = Sentence('Who has no "%(name)s" gets no message. Say what stands there instead.', name=use.name)
            instead = f'{use.name} | default: ""'
            yield _finding(message, WARNING, "customer_field", sentence, part, use, instead)
    elif message.shared is not None and len(use.path) > 1 and not _exists(message, use.path):
        if _is_unpriced(message, use.path):
            sentence = Sentence("The price has no currency.")
            yield _finding(message, ERROR, "no_currency", sentence, part, use, None)
            return
        if root == CONFIG:
            sentence = Sentence(
                'The offer has no "%(name)s". Fill it in, or take it out of the text.', name=use.path[1]
            )
        else:
            sentence = Sentence('"%(name)s" is empty for this product.', name=use.name)
        yield _finding(message, ERROR, "empty_field", sentence, part, use, _INSTEAD.get(use.name))


def _is_told(asked: Asked, name: str) -> bool:
    """Return whether it may be counted on: every sample customer has it. Without any, nothing may."""
    return bool(asked.samples) and all(
        name in sample.facts or (name == "segment" and sample.segments) for sample in asked.samples
    )


def _is_unpriced(message: Message, path: Sequence[str]) -> bool:
    """Return whether an amount stands there that cannot be written because nobody says in what it is counted."""
    group = (message.shared or {}).get(path[0], {})
    return path[0] in (PRODUCT, CONFIG) and path[1] in ("price_formatted", "currency") and "price" in group


def _finding(
    message: Message, level: Any, code: str, sentence: Sentence, part: str, use: Use, suggestion: str | None
) -> Finding:
    source = message.parts[part].source
    return message.finding(
        level,
        code,
        sentence,
        part=part,
        line=use.place.line,
        column=use.place.column,
        suggestion=suggestion,
        replacement=replaced(source, use.place, suggestion) if suggestion else None,
    )
