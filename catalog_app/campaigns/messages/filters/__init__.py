"""The filters of a template: this list and no other. Each has a known number of arguments and no way to grow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog_app.campaigns.messages.filters import in_language, lists, numbers, text


@dataclass(frozen=True)
class Filter:
    """A function of a value and of `least` to `most` arguments. `speaks`: it wants to know to whom, as `reader`."""

    function: Callable[..., Any]
    least: int = 0
    most: int = 0
    speaks: bool = False
    takes_missing: bool = False


FILTERS: Final[Mapping[str, Filter]] = {
    "default": Filter(lists.default, 0, 1, takes_missing=True),
    "money": Filter(in_language.money, 0, 1, speaks=True),
    "number": Filter(in_language.number, 0, 1, speaks=True),
    "date": Filter(in_language.date, 1, 1, speaks=True),
    "append": Filter(text.append, 1, 1),
    "prepend": Filter(text.prepend, 1, 1),
    "capitalize": Filter(text.capitalize),
    "upcase": Filter(text.upcase),
    "downcase": Filter(text.downcase),
    "strip": Filter(text.strip),
    "lstrip": Filter(text.lstrip),
    "rstrip": Filter(text.rstrip),
    "squish": Filter(text.squish),
    "replace": Filter(text.replace, 1, 2),
    "replace_first": Filter(text.replace_first, 1, 2),
    "remove": Filter(text.remove, 1, 1),
    "remove_first": Filter(text.remove_first, 1, 1),
    "truncate": Filter(text.truncate, 0, 2),
    "truncatewords": Filter(text.truncatewords, 0, 2),
    "slice": Filter(text.slice_, 1, 2),
    "escape": Filter(text.escape_html),
    "newline_to_br": Filter(text.newline_to_br),
    "url_encode": Filter(text.url_encode),
    "plus": Filter(numbers.plus, 1, 1),
    "minus": Filter(numbers.minus, 1, 1),
    "times": Filter(numbers.times, 1, 1),
    "divided_by": Filter(numbers.divided_by, 1, 1),
    "modulo": Filter(numbers.modulo, 1, 1),
    "round": Filter(numbers.round_, 0, 1),
    "ceil": Filter(numbers.ceil),
    "floor": Filter(numbers.floor),
    "abs": Filter(numbers.abs_),
    "at_least": Filter(numbers.at_least, 1, 1),
    "at_most": Filter(numbers.at_most, 1, 1),
    "split": Filter(lists.split, 1, 1),
    "join": Filter(lists.join, 0, 1),
    "first": Filter(lists.first),
    "last": Filter(lists.last),
    "size": Filter(lists.size),
}
