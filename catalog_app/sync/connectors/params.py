"""Parameters of a preset: what one system may say otherwise than the next, held within its place."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, model_validator

from catalog_app.core.errors import FatalError

from .rules import Rule

SINCE: Final = "since"
"""The place that an incremental request has for the time from which changes are asked for."""

AFTER: Final = "after"
"""The place that a request has for the last id of the page before."""

Filling = str | int | tuple[str, ...]
"""What a place is filled with."""

# No kind admits a quote, a backslash or a brace, and only a path may have slashes: a value can neither end the text
# that it stands in nor lead to another path or host.
_WORD: Final = r"[A-Za-z0-9_.:-]{1,100}"
_KINDS: Final = {
    "word": re.compile(rf"(?:{_WORD})?", re.ASCII),
    "words": re.compile(rf"(?:{_WORD}(?:, ?{_WORD}){{0,199}})?", re.ASCII),
    "path": re.compile(rf"(?:/?{_WORD}(?:/{_WORD}){{0,20}}/?)?", re.ASCII),
    "text": re.compile(r"[\w .,:()-]{0,200}"),
}
_WORDS: Final = {
    "word": "word of letters, digits, '_', '.', ':' and '-'",
    "words": "list of words with commas between them",
    "path": "path of words with slashes between them",
    "text": "text without quotes, slashes and braces",
}
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


class ParamRule(Rule):
    """A parameter: a word, a list of words with commas between them, a path, or a text without quotes or slashes."""

    default: str = ""
    kind: Literal["word", "words", "path", "text"] = "word"

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        if not self.admits(self.default):
            raise ValueError(f"the default {self.default!r} is not a {self.kind}")
        return self

    def admits(self, value: str) -> bool:
        return bool(_KINDS[self.kind].fullmatch(value)) and ".." not in value

    def read(self, value: str) -> str | tuple[str, ...]:
        return tuple(word.strip() for word in value.split(",") if word) if self.kind == "words" else value


def _as_rule(value: Any) -> Any:
    return {"default": value} if isinstance(value, str) else value


Params = dict[str, Annotated[ParamRule, BeforeValidator(_as_rule)]]


def places_in(value: Any) -> Iterator[str]:
    """Yield the name of each `{place}` in the texts of a value, however deep they lie."""
    if isinstance(value, str):
        yield from _PLACE.findall(value)
        if "{" in (rest := _PLACE.sub("", value)) or "}" in rest:
            yield rest
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from places_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from places_in(item)


def filled(value: Any, given: Mapping[str, Filling]) -> Any:
    """Return a copy with every `{place}` that `given` names replaced by its text; others stay as they are.

    Several words stand in a text with commas between them; as an item of a list they become so many items, and a
    number stays one.
    """
    if isinstance(value, str):
        return _PLACE.sub(lambda match: _text(given.get(match[1], match[0])), value)
    if isinstance(value, Mapping):
        return {key: filled(item, given) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [inner for item in value for inner in _items(item, given)]
    return value


def _text(value: Filling) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _items(item: Any, given: Mapping[str, Filling]) -> Iterator[Any]:
    match = _PLACE.fullmatch(item) if isinstance(item, str) else None
    found = given.get(match[1]) if match else None
    if isinstance(found, tuple):
        yield from found
    elif isinstance(found, int):
        yield found
    else:
        yield filled(item, given)


def settled(rules: Params, given: Mapping[str, str]) -> dict[str, Filling]:
    """Return the value of every parameter; raise FatalError for one that is unknown or not of its kind."""
    faults = [f"there is no parameter {name!r}" for name in given.keys() - rules.keys()]
    faults += [
        f"the parameter {name!r} has to be a {_WORDS[rule.kind]}"
        for name, rule in rules.items()
        if name in given and not rule.admits(given[name])
    ]
    if faults:
        known = f" The parameters are: {', '.join(rules)}." if rules else ""
        raise FatalError(
            f"The parameters of this system have faults: {'; '.join(sorted(faults))}. Correct its settings.{known}"
        )
    return {name: rule.read(given.get(name, rule.default)) for name, rule in rules.items()}
